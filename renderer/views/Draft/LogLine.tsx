import { useMemo } from 'react';
import type { DecodeStep } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { logLine } from '../../stores/decodeTokens.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useThrottled } from '../../widgets/useThrottled.ts';

/** The metrics of the steps shown as vLLM logs them; a click copies the line. */
export function LogLine(props: { stores: Stores; steps: readonly DecodeStep[]; stepCount: number; running: boolean }) {
  const { stores, steps } = props;
  const stepCount = useThrottled(props.stepCount, props.running);
  const line = useMemo(() => logLine(steps, stepCount), [steps, stepCount]);
  if (line === '') return null;
  return (
    <button
      type="button"
      className="logLine mono"
      data-testid="log-line"
      title={`Copy vLLM’s log line: ${line}`}
      aria-label={`Copy vLLM’s log line: ${line}`}
      onClick={() => void stores.copyText(line)}
    >
      <Icon name="copy" size={12} />
      <span>{line}</span>
    </button>
  );
}

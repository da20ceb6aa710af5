import type { Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';

/** The rules in the order in which they are tried, with what each took; a click shows its tensors only. */
export function RuleBars({ stores, plan, chosen }: { stores: Stores; plan: Plan; chosen: number | null }) {
  const most = Math.max(1, ...plan.rules.map((rule) => rule.tensors));
  return (
    <ol className="ruleBars" aria-label="Tensors per rule, in rule order" data-testid="rule-bars">
      {plan.rules.map((rule, index) => (
        <li key={rule.id}>
          <button
            type="button"
            className="ruleBar"
            aria-pressed={chosen === index}
            disabled={rule.tensors === 0 && chosen !== index}
            title={`${rule.explain}\n${formatCountOf(rule.tensors, 'tensor')}, ${formatBytes(rule.bytes)}\n${rule.source}`}
            onClick={() => stores.mapping.narrow({ rule: chosen === index ? null : index })}
          >
            <span className="ruleNumber mono">{index + 1}</span>
            <span className="ruleName mono">{rule.id}</span>
            <span className="ruleCount mono">{formatCount(rule.tensors)}</span>
            <span className="ruleTrack">
              <span className={`ruleFill fill-${rule.outcome}`} style={{ width: `${(100 * rule.tensors) / most}%` }} />
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

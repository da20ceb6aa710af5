import { formatBytes, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** The last line of the findings while values are still being read: what they say may be added to it. */
export function ValuesLine({ stores }: { stores: Stores }) {
  const reading = useStoreValue(stores.values, (state) => state.reading);
  if (reading === null) return null;
  const { bytesRead, bytesTotal, files } = reading;
  return (
    <div className="valuesLine" data-testid="values-reading">
      <span>
        {bytesTotal === 0
          ? 'Which values to read is being worked out: 0 bytes so far.'
          : `Values read: ${formatBytes(bytesRead)} of ${formatBytes(bytesTotal)}, sampled from ${formatCountOf(files, 'file')}.`}
      </span>
      <ProgressBar done={bytesRead} total={bytesTotal} fill="fill-accent" label="Values read" />
    </div>
  );
}

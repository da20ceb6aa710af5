import type { Stores } from '../../stores/createStores.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** What a link or a way to somewhere could not show. */
export function Notice({ stores }: { stores: Stores }) {
  const notice = useStoreValue(stores.navigation, (state) => state.notice);
  if (!notice) return null;
  return (
    <FailureBox failure={notice} testId="notice">
      <button type="button" className="button" onClick={() => stores.navigation.dismiss()}>
        Dismiss
      </button>
    </FailureBox>
  );
}

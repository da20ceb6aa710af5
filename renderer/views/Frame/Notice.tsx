import type { Stores } from '../../stores/createStores.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** What a link or a way to somewhere could not show, and how a save went. */
export function Notice({ stores }: { stores: Stores }) {
  const notice = useStoreValue(stores.navigation, (state) => state.notice);
  const { saved, failure } = useStoreValue(stores.exports, (state) => state);
  return (
    <>
      {notice && (
        <FailureBox failure={notice} testId="notice">
          <button type="button" className="button" onClick={() => stores.navigation.dismiss()}>
            Dismiss
          </button>
        </FailureBox>
      )}
      {failure && (
        <FailureBox failure={failure} testId="save-failure">
          <button type="button" className="button" onClick={() => stores.exports.dismiss()}>
            Dismiss
          </button>
        </FailureBox>
      )}
      {saved !== null && (
        <div className="saved" role="status" data-testid="saved">
          <Icon name="loaded" />
          <span>
            Saved as <span className="mono">{saved}</span>
          </span>
          <button
            type="button"
            className="button iconOnly quiet"
            aria-label="Dismiss"
            onClick={() => stores.exports.dismiss()}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </>
  );
}

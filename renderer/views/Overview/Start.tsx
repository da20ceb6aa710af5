import { formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Everything before a checkpoint is open: first start, opening, and what could not be opened. */
export function Start({ stores }: { stores: Stores }) {
  const status = useStoreValue(stores.checkpoint, (state) => state.status);
  if (status.kind === 'opening') {
    return (
      <EmptyState icon="open" title="Reading the headers of the checkpoint …">
        <p className="mono startPath">{status.folder}</p>
        <div className="startProgress">
          <ProgressBar
            done={status.filesRead}
            total={Math.max(1, status.files)}
            fill="fill-accent"
            label="Files read"
          />
        </div>
        <p className="mono">{`${formatCount(status.filesRead)} of ${formatCountOf(status.files, 'file')}`}</p>
      </EmptyState>
    );
  }
  return (
    <div className="start">
      {status.kind === 'failed' ? (
        <FailureBox failure={status.failure} testId="failure">
          <button type="button" className="button" onClick={() => void stores.checkpoint.reopen()}>
            <Icon name="restart" />
            Try again
          </button>
          {status.kept !== null && (
            <button type="button" className="button" onClick={() => void stores.synchronise()}>
              {`Back to ${status.kept}`}
            </button>
          )}
        </FailureBox>
      ) : (
        <div className="startHead">
          <h2>Open a checkpoint</h2>
          <p>
            Draftscope shows what the serving engine would load from a DeepSeek-V3-family checkpoint, into which
            parameter, on which rank, and how well its multi-token-prediction layers draft.
          </p>
        </div>
      )}
      <OpenChoices stores={stores} />
    </div>
  );
}

function OpenChoices({ stores }: { stores: Stores }) {
  const recent = useStoreValue(stores.checkpoint, (state) => state.recent);
  return (
    <div className="startChoices">
      <div className="startButtons">
        <button type="button" className="button primary" onClick={() => void stores.checkpoint.openDialog()}>
          <Icon name="open" />
          Open a folder…
        </button>
        <button type="button" className="button" onClick={() => void stores.checkpoint.openDemo()}>
          Open demo
        </button>
        <span className="muted">or drop a folder on this window</span>
      </div>
      {recent.length > 0 && (
        <div>
          <h3>Recent</h3>
          <ul className="recentList">
            {recent.map((entry) => (
              <li key={entry.folder} className={entry.missing ? 'isMissing' : undefined}>
                <button
                  type="button"
                  className="rowButton"
                  onClick={() => void stores.checkpoint.openRecent(entry.folder)}
                >
                  <span className="mono recentName">{entry.name}</span>
                  <span className="mono recentFolder" title={entry.folder}>
                    {entry.folder}
                  </span>
                  {entry.missing && <span className="recentMissing">not there now</span>}
                </button>
                <button
                  type="button"
                  className="button iconOnly quiet"
                  aria-label={`Forget ${entry.name}`}
                  title="Take it off this list; the folder stays as it is"
                  onClick={() => void stores.checkpoint.forgetRecent(entry.folder)}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

import type { DecodeStep } from '../../../electron/common/contract.ts';
import { targetsVerdict } from '../../stores/decodeTokens.ts';
import { CandidateList } from './CandidateList.tsx';

/** The best tokens of drafter and target at one position of a step, side by side. */
export function CandidatePair({
  step,
  position,
  isTargets,
}: {
  step: DecodeStep;
  /** From 0; the number of drafts for the bonus token. */
  position: number;
  /** The token that the target put there is looked at, not the draft. */
  isTargets: boolean;
}) {
  const drafted = step.draftCandidates[position];
  // What the target lets stand there: an accepted draft, or what replaces it.
  const standing = (step.verdicts[position] === 'accepted' ? step.draftIds : step.targetIds)[position];
  const isBonus = isTargets && targetsVerdict(step) === 'bonus';
  return (
    <div className="candidatePair">
      {drafted === undefined ? (
        <span />
      ) : (
        <CandidateList title="drafter" candidates={drafted} mark={step.draftIds[position]} fill="fill-accent" />
      )}
      <CandidateList
        title="target"
        candidates={step.targetCandidates[position] ?? []}
        mark={isTargets ? step.nextId : standing}
        fill={isBonus ? 'fill-bonus' : 'fill-accepted'}
      />
    </div>
  );
}

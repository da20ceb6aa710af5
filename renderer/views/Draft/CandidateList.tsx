import type { DecodeStep } from '../../../electron/common/contract.ts';
import { formatProbability, visibleText } from '../../format.ts';

type Candidates = DecodeStep['draftCandidates'][number];

/** The best tokens of one side at one position, with the one it gave marked. */
export function CandidateList({
  title,
  candidates,
  mark,
  fill,
}: {
  title: string;
  candidates: Candidates;
  mark: number | undefined;
  fill: string;
}) {
  return (
    <table className="candidates">
      <caption>{title}</caption>
      <tbody>
        {candidates.map((candidate) => (
          <tr
            key={candidate.id}
            className={candidate.id === mark ? 'isChoice' : undefined}
            title={`id ${candidate.id}`}
          >
            <td className="mono candidateText">{visibleText(candidate.text)}</td>
            <td className="candidateBar">
              <span className={fill} style={{ width: `${Math.max(1, candidate.probability * 100)}%` }} />
            </td>
            <td className="mono numeric">{formatProbability(candidate.probability)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

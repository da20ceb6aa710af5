import type { Finding } from '../../../../common/contract.ts';
import { about, evidenceOf } from '../../../loading/findings/evidence.ts';
import { namesText, plural } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';

/** Files made at full size and never written: downloads that broke off, or stand-ins that keep headers only. */
export const zeroFiles: ValueFindingRule = ({ zeroFiles: files, numFiles }) => {
  if (files.length === 0) return null;
  const hollow = files.filter(({ isHollow }) => isHollow).length;
  const every = files.length === numFiles;
  const names = files.map(({ name }) => name);
  const which = every
    ? `All ${plural(numFiles, 'file')}`
    : `${namesText(names)} (${files.length} of ${plural(numFiles, 'file')})`;
  const holes =
    hollow === files.length
      ? 'the disk holds next to nothing of them'
      : `${hollow} of them hold next to nothing on disk`;
  return {
    code: 'zeroFiles',
    severity: severityOf(
      every && hollow === numFiles,
      files.some(({ holdsDrafting }) => holdsDrafting),
    ),
    sentence: `${which} ${files.length === 1 ? 'has' : 'have'} headers and no value but zero (sampled); ${hollow > 0 ? holes : 'nothing was written into them'}${every ? ', so nothing can be said about values' : ''}.`,
    evidence: evidenceOf(names.map((name) => about('file', name))),
    hint: every
      ? 'A stand-in for the real checkpoint is fine for planning; anything else has to be downloaded again.'
      : 'Download these files again: the space was set aside and never filled.',
  };
};

/** Everything hollow is a stand-in made on purpose; a hollow file among full ones is a download that broke off. */
function severityOf(isStandIn: boolean, holdsDrafting: boolean): Finding['severity'] {
  return holdsDrafting && !isStandIn ? 'silent' : 'warning';
}

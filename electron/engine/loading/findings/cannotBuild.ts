import type { FindingRule } from './finding.ts';
import { onRanks } from './loadPicture.ts';

export const cannotBuild: FindingRule = (picture) =>
  picture.initErrors.map(({ what: { type, message }, ranks }) => ({
    code: 'cannotBuild',
    severity: 'blocker',
    sentence: `The reference cannot build the model${onRanks(ranks, picture)} and raises ${type}: ${message}`,
    evidence: [],
    hint: 'Change the parallel set-up, or correct the value in config.json.',
  }));

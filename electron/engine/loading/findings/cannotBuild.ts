import type { FindingRule } from './finding.ts';

export const cannotBuild: FindingRule = ({ initError }) =>
  initError === null
    ? null
    : {
        code: 'cannotBuild',
        severity: 'blocker',
        sentence: `The reference cannot build the model on this rank and raises ${initError.type}: ${initError.message}`,
        evidence: [],
        hint: 'Change the parallel set-up, or correct the value in config.json.',
      };

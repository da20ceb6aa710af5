import type { FindingRule } from './finding.ts';

export const quantizationNotModelled: FindingRule = ({ quantization }) =>
  quantization.method !== 'other'
    ? null
    : {
        code: 'quantizationNotModelled',
        severity: 'warning',
        sentence: `config.json declares the quantisation "${quantization.declared}", which is not modelled here: the plan shows an unquantised model, so its failures may not be real.`,
        evidence: [],
        hint: 'Unquantised and fp8 checkpoints are planned exactly.',
      };

import { about } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const quantizationNotModelled: FindingRule = ({ plan: { quantization } }) =>
  quantization.method !== 'other'
    ? null
    : {
        code: 'quantizationNotModelled',
        severity: 'warning',
        sentence: `config.json declares the quantisation "${quantization.declared}", which is not modelled here: its packed tensors are followed by name alone, without their shapes.`,
        evidence: [
          about('configKey', 'quantization_config', `quantization_config.quant_method: ${quantization.declared}`),
        ],
        hint: 'Unquantised and fp8 checkpoints are planned exactly.',
      };

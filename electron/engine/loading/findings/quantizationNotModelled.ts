import { declaredIn, entryLines } from './declaredQuantized.ts';
import { about, evidenceOf } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const quantizationNotModelled: FindingRule = (picture) => {
  const { quantization, input } = picture.plan;
  if (quantization.method !== 'other') return null;
  const { quantizationFile } = input.config;
  const method = `quant_method: ${quantization.declared}`;
  return {
    code: 'quantizationNotModelled',
    severity: 'warning',
    sentence: `${quantizationFile === undefined ? 'config.json' : `config.json has no quantization_config, so the reference reads ${quantizationFile}, which`} declares the quantisation "${quantization.declared}", which is not modelled here: its packed tensors are followed by name alone, without their shapes.`,
    evidence: evidenceOf([
      quantizationFile === undefined
        ? about('configKey', 'quantization_config', `quantization_config.${method}`)
        : declaredIn(input.config),
      ...entryLines(picture),
    ]),
    hint: 'Unquantised and fp8 checkpoints are planned exactly.',
  };
};

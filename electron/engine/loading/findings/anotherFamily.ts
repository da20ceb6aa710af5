import { about } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const anotherFamily: FindingRule = ({ plan: { input } }) => {
  if (input.otherFamily == null) return null;
  const { sentence } = input.otherFamily;
  return {
    code: 'anotherFamily',
    severity: 'note',
    sentence: `${sentence[0]?.toUpperCase()}${sentence.slice(1)}`,
    evidence: [about('configKey', 'model_type')],
    hint: 'Its tensors are listed, and none is mapped; DeepSeek-V3, R1, V3.1, V3.2 and GLM-5 are mapped in full.',
  };
};

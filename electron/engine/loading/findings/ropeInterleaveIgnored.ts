import { about } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const ropeInterleaveIgnored: FindingRule = ({ plan }) => {
  if (plan.input.config.raw.rope_interleave !== false) return null;
  return {
    code: 'ropeInterleaveIgnored',
    severity: 'silent',
    sentence:
      'config.json says rope_interleave false, that the two halves of the rotary dimensions turn together; the reference reads no such key and always turns neighbouring pairs, so every position is rotated wrongly without an error. Draftscope computes what the reference computes.',
    evidence: [about('configKey', 'rope_interleave', 'rope_interleave: false')],
    hint: 'Reorder the rotary rows of q_b_proj (or q_proj) and kv_a_proj_with_mqa into pairs, or use an engine that reads the key.',
  };
};

import { tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { skippedAs } from './skippedTensors.ts';

const cacheScales = skippedAs('skip:kv_scale_without_param');

export const cacheScalesSkipped: FindingRule = (picture) => {
  const names = cacheScales(picture);
  if (names.length === 0) return null;
  return {
    code: 'cacheScalesSkipped',
    severity: 'note',
    sentence: `${plural(names.length, 'key-value cache scale')} of MTP layers would be dropped, ${namesText(names)}: latent attention has no parameter for them.`,
    evidence: tensorEvidence(names),
    hint: 'Nothing to do, unless the cache is to be kept in fp8 with these scales.',
  };
};

import { traceTensor } from '../loadTrace.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';

/** Enough to see the pattern; every tensor's own story says the same. */
const tracedTensors = 40;

/** Where loading stops, and what else would fail if it went on. */
export const wouldFail: FindingRule = (picture) => {
  const { firstErrors, failing, plan, plans } = picture;
  const [first] = [...firstErrors].sort((a, b) => b.ranks.length - a.ranks.length);
  if (first === undefined) return null;
  const { type, message, at } = first.what;
  const reasonOf = (index: number) => {
    for (const { plan: own, tensorOf } of plans) {
      const place = own.input.tensors.findIndex((_, at) => tensorOf(at) === index && own.columns.outcome[at] === 2);
      if (place >= 0) return traceTensor(own, place).error;
    }
    return null;
  };
  const lines = failing.map(({ what: index }, at) => {
    const name = plan.input.tensors[index]?.name ?? '';
    const error = at < tracedTensors ? reasonOf(index) : null;
    return about('tensor', name, error === null ? name : `${name}: ${error.type}, ${error.message}`);
  });
  const others =
    failing.length > 1 ? ` ${plural(failing.length, 'tensor')} would fail in all, if loading went on.` : '';
  return {
    code: 'wouldFail',
    severity: 'blocker',
    sentence: `The reference stops ${at === null ? 'before it reads a tensor' : `at ${at}`}${onRanks(ranksOf(firstErrors), picture)} with ${type}: ${message}${others}`,
    evidence: evidenceOf(lines),
    hint: 'Rename, reshape or remove these tensors, or correct config.json so that the model has a place for them.',
  };
};

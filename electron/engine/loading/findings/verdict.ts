/** The one sentence that sums up all findings of a set-up, for all of its ranks. */
import type { Finding, Plan } from '../../../common/contract.ts';
import { reference } from '../../../common/domain.ts';
import type { OtherFamily } from '../families/families.ts';
import { isReplacedByTarget, layersText, namesText, plural } from './finding.ts';
import { hasMtp } from './findings.ts';
import { type LoadPicture, onRanks, ranksOf } from './loadPicture.ts';
import { foreignPrefixesOf, promisedLayers } from './nameCensus.ts';
import { newerVersionsOf } from './newerVersions.ts';

export type PlanVerdict = Plan['verdict'];

/** Codes of failures of the files, met before any rule of the loader. */
export const fileCodes: ReadonlySet<string> = new Set([
  'indexUnreadable',
  'unsafeName',
  'shardMissing',
  'shardsAbsent',
  'shardTruncated',
  'headerInvalid',
  'readFailed',
]);

/** @param findings all of them, of the files, the target and the drafter, gravest first */
export function verdictOf(picture: LoadPicture, findings: readonly Finding[]): PlanVerdict {
  return { ...judgementOf(picture, findings), reference, newerVersions: newerVersionsOf(picture) };
}

function judgementOf(picture: LoadPicture, findings: readonly Finding[]): Pick<PlanVerdict, 'level' | 'sentence'> {
  const [gravest] = findings;
  const ofFiles = findings.filter(({ severity, code }) => severity === 'blocker' && fileCodes.has(code));
  if (ofFiles[0] !== undefined) {
    const more = ofFiles.length > 1 ? ` And ${ofFiles.length - 1} more.` : '';
    return { level: 'blocked', sentence: `Would not load: ${ofFiles[0].sentence}${more}` };
  }
  const { otherFamily } = picture.plan.input;
  if (otherFamily != null) return familyJudgement(otherFamily);
  if (gravest?.severity === 'blocker') return { level: 'blocked', sentence: blockedSentence(picture, gravest) };
  if (gravest?.severity === 'silent') return { level: 'silent', sentence: silentSentence(picture, gravest) };
  if (!hasMtp(picture))
    return {
      level: 'good',
      sentence: 'Would load, without drafts: this checkpoint has no MTP layers and promises none.',
    };
  return { level: 'good', sentence: `Would load: ${completeText(picture)}.` };
}

function familyJudgement({ sentence, promised, mtpTensors }: OtherFamily): Pick<PlanVerdict, 'level' | 'sentence'> {
  if (promised > 0 && mtpTensors === 0)
    return {
      level: 'silent',
      sentence: `Would start and draft nothing: ${plural(promised, 'MTP layer')} promised, no tensor of one found.`,
    };
  return { level: 'good', sentence: `Not judged, ${sentence}` };
}

function blockedSentence(picture: LoadPicture, gravest: Finding): string {
  if (!hasMtp(picture)) return `Would stop: ${gravest.sentence}`;
  const { initErrors, firstErrors, strictMissing } = picture;
  const everywhere = (ranks: readonly number[]) => onRanks(ranks, picture);
  const [init] = initErrors;
  if (init !== undefined)
    return `Would stop while the model is built${everywhere(ranksOf(initErrors))}: ${init.what.type}, ${init.what.message}`;
  const [first] = [...firstErrors].sort((a, b) => b.ranks.length - a.ranks.length);
  if (first !== undefined)
    return `Would stop while loading${everywhere(ranksOf(firstErrors))}: ${first.what.type} ${first.what.at === null ? 'before the first tensor' : `at ${first.what.at}`}.`;
  if (strictMissing.length > 0) {
    const names = strictMissing.map(({ what }) => what);
    return `Would be refused after loading${everywhere(ranksOf(strictMissing))}: ${plural(names.length, 'parameter')}${layersText(names)} not initialised (ValueError); ${completeText(picture)}.`;
  }
  return `Would stop: ${besideDrafter(picture, gravest.sentence)}`;
}

function silentSentence(picture: LoadPicture, gravest: Finding): string {
  const never = neverFilledText(picture);
  if (never !== null) return `Would start and ${never}.`;
  const partly = partlyFilledText(picture);
  if (partly !== null && (gravest.code === 'partlyFilled' || gravest.code === 'tensorMissing'))
    return `Would start and ${partly}.`;
  if (gravest.code === 'tensorMissing') return `Would start, without all that the index names: ${gravest.sentence}`;
  return `Would start, with wrong values: ${gravest.sentence}`;
}

/** What is wrong with the drafter stands behind what is wrong with the target: mending one shows the other. */
function besideDrafter(picture: LoadPicture, sentence: string): string {
  const drafter = neverFilledText(picture) ?? partlyFilledText(picture);
  return drafter === null ? sentence : `${sentence.replace(/\.$/, '')}; and the drafter would ${drafter}.`;
}

/** "accept nothing: 12 parameters of layer 78 are never filled", and where its tensors lie instead */
function neverFilledText(picture: LoadPicture): string | null {
  const empty = picture.never.filter(({ what }) => !isReplacedByTarget(what));
  if (empty.length === 0) return null;
  const names = empty.map(({ what }) => what);
  return `accept nothing: ${plural(names.length, 'parameter')}${layersText(names)} ${names.length === 1 ? 'is' : 'are'} never filled${onRanks(ranksOf(empty), picture)}${elsewhereText(picture)}`;
}

function elsewhereText({ census, plan }: LoadPicture): string {
  const promised = promisedLayers(plan.input.config);
  if (promised.every((layer) => census.hallmarksOf.has(layer))) return '';
  const others = [...census.hallmarksOf.keys()].filter((layer) => !promised.includes(layer));
  if (others.length > 0) return `, while an MTP layer stands in layer ${namesText(others.map(String), 4)}`;
  const foreign = foreignPrefixesOf(census);
  return foreign.length > 0 ? `, while the files hold tensors under ${namesText(foreign, 3)}` : '';
}

function partlyFilledText(picture: LoadPicture): string | null {
  if (picture.partly.length === 0) return null;
  const names = picture.partly.map(({ what }) => what);
  return `draft from memory that nobody wrote: ${plural(names.length, 'parameter')}${layersText(names)} ${names.length === 1 ? 'is' : 'are'} filled only in part${onRanks(ranksOf(picture.partly), picture)}`;
}

/** "1 of 1 MTP layer complete on all 8 ranks" */
function completeText(picture: LoadPicture): string {
  const { plan, plans, numRanks } = picture;
  const layers = promisedLayers(plan.input.config);
  let complete = layers.length;
  const whole: number[] = [];
  for (const { plan: own, ranks } of plans) {
    const incomplete = new Set(
      own.parameters
        .filter(({ name, covered, numel }) => covered < numel && !isReplacedByTarget(name))
        .map(({ name }) => name.split('.')[2]),
    );
    const here = layers.filter((layer) => !incomplete.has(String(layer))).length;
    complete = Math.min(complete, here);
    if (here === layers.length) whole.push(...ranks);
  }
  const isSplit = complete < layers.length && whole.length > 0;
  const everywhere = numRanks === 1 ? '' : ` on all ${numRanks} ranks`;
  const where = isSplit ? `${onRanks(whole, picture)} and ${complete} on the others` : everywhere;
  const modelled =
    plan.quantization.method === 'other'
      ? `, by their names (the quantisation "${plan.quantization.declared}" is not modelled)`
      : '';
  return `${isSplit ? layers.length : complete} of ${plural(layers.length, 'MTP layer')} complete${where}${modelled}`;
}

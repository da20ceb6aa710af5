/**
 * A place as text: `draftscope://mapping?select=tensor:NAME&tensor-parallel-size=8&rank=5&filter.search=w3`. The set-up has the
 * option names of the serving engine. `#mapping?...` is read too. A link is somebody else's text: it is parsed whole or
 * refused, and can't name a file or folder to open.
 */
import { type ParallelConfig, singleRank } from './domain.ts';
import { type Failure, makeFailure } from './failure.ts';
import { type Location, locationSchema } from './location.ts';

export const linkScheme = 'draftscope://';
/** Characters; twice what the longest names allow, every character escaped. */
const longest = 40_000;

type Field = keyof ParallelConfig;

/** Name in a link -> field of the set-up; every field has one. */
const parallelNames: { readonly [F in Field]-?: string } = {
  tensorParallelSize: 'tensor-parallel-size',
  dataParallelSize: 'data-parallel-size',
  enableExpertParallel: 'enable-expert-parallel',
  expertPlacementStrategy: 'expert-placement-strategy',
  rank: 'rank',
  all2allBackend: 'all2all-backend',
  enableEplb: 'enable-eplb',
  numRedundantExperts: 'num-redundant-experts',
  aiterFusedMoe: 'aiter-fused-moe',
  aiterFusedSharedExperts: 'aiter-fused-shared-experts',
  useMla: 'use-mla',
  numSpeculativeTokens: 'num-speculative-tokens',
};
const fields = Object.keys(parallelNames) as Field[];

export function formatLink(location: Location): string {
  const { view, checkpoint, target, parallel, filter } = location;
  const pairs: [string, string][] = [];
  if (target) pairs.push(['select', `${target.kind}:${target.name}`]);
  for (const field of fields) {
    const value = parallel?.[field];
    if (value !== undefined && value !== singleRank[field]) pairs.push([parallelNames[field], formatValue(value)]);
  }
  for (const [name, value] of Object.entries(filter ?? {})) pairs.push([`filter.${name}`, value]);
  if (checkpoint !== undefined) pairs.push(['checkpoint', checkpoint]);
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${linkScheme}${view}${query === '' ? '' : `?${query}`}`;
}

export type ParsedLink =
  | { readonly ok: true; readonly location: Location }
  | { readonly ok: false; readonly failure: Failure };

/** Whether text is meant as a link, right or wrong. */
export function looksLikeLink(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.startsWith(linkScheme) || trimmed.startsWith('#');
}

export function parseLink(text: string): ParsedLink {
  const trimmed = text.trim();
  if (trimmed.length > longest) return refuse(`It is longer than ${longest} characters.`);
  if (!looksLikeLink(trimmed)) return refuse(`It does not begin with ${linkScheme} or #.`);
  const body = trimmed.startsWith('#') ? trimmed.slice(1) : trimmed.slice(linkScheme.length);
  const [place = '', query = ''] = splitOnce(body, '?');
  const raw: Record<string, unknown> = { view: place.replace(/\/$/, '') };
  const parallel: Record<string, unknown> = {};
  const filter: Record<string, string> = {};
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name = '', encoded] = splitOnce(pair, '=');
    const value = encoded === undefined ? null : decode(encoded);
    if (value === null) return refuse(`"${pair.slice(0, 60)}" is no name and value.`);
    const field = fields.find((candidate) => parallelNames[candidate] === name);
    if (field !== undefined) parallel[field] = parseValue(value, singleRank[field] ?? 0);
    else if (name === 'checkpoint') raw.checkpoint = value;
    else if (name.startsWith('filter.')) filter[name.slice('filter.'.length)] = value;
    else if (name === 'select') {
      const [kind, named = ''] = splitOnce(value, ':');
      raw.target = { kind, name: named };
    } else return refuse(`"${name.slice(0, 60)}" means nothing to this version.`);
  }
  if (Object.keys(parallel).length > 0) raw.parallel = parallel;
  if (Object.keys(filter).length > 0) raw.filter = filter;
  const location = locationSchema.safeParse(raw);
  if (location.success) return { ok: true, location: location.data };
  const issue = location.error.issues[0];
  const where = issue?.path.map((part) => parallelNames[part as Field] ?? String(part)).join('.') ?? '';
  return refuse(`Its ${where} is not valid.`);
}

function refuse(why: string): ParsedLink {
  return {
    ok: false,
    failure: makeFailure('badRequest', `This is no link into Draftscope. ${why}`, {
      hint: 'Copy the link again where it came from.',
    }),
  };
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** null when the text has a % that begins no character. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function formatValue(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

/** A value of the kind that the field has; what is no such value stays text, which the schema refuses. */
function parseValue(text: string, like: string | number | boolean): unknown {
  if (typeof like === 'boolean') return text === '1' ? true : text === '0' ? false : text;
  if (typeof like === 'number') return /^\d{1,9}$/.test(text) ? Number(text) : text;
  return text;
}

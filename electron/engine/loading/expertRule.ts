/** Experts: the row of the stacked weights that an expert's tensor goes into, if this rank holds the expert. */
import type { Box } from '../../common/domain.ts';
import { wholeBox } from './boxes.ts';
import { type ExpertMatch, expertMatches } from './expertNames.ts';
import { callExpertLoader } from './loaderCalls.ts';
import { keyError, type LoadRule, type RuleContext, type TensorState, type Verdict } from './loadRule.ts';
import { isFusedSharedExpert } from './stackedRule.ts';

interface Candidate {
  readonly match: ExpertMatch;
  readonly physicalId: number;
}

type Attempt =
  | { readonly kind: 'notAnExpert' }
  | { readonly kind: 'elsewhere'; readonly expert: number }
  | { readonly kind: 'loaded'; readonly parameter: number; readonly mapped: string; readonly match: ExpertMatch }
  | { readonly kind: 'failed'; readonly verdict: Verdict };

/** @param where function of the reference */
export function expertRule(where: string): LoadRule {
  return {
    id: 'expert',
    explain: "Looks for experts.<number>. followed by gate_proj, down_proj or up_proj, and asks for that expert's row.",
    source: `${where}, loop over expert_params_mapping`,
    endings: ['expert', 'skip:expert_not_on_this_rank'],
    apply: (state, context) =>
      isFusedSharedExpert(state, context) ? loadSharedAsRouted(state, context) : loadRouted(state, context),
  };
}

function loadRouted(state: TensorState, context: RuleContext): Verdict | null {
  const attempt = tryExperts(state, context, state.name, null);
  switch (attempt.kind) {
    case 'notAnExpert':
      return null;
    case 'failed':
      return attempt.verdict;
    case 'elsewhere':
      return elsewhere(state, attempt.expert, state.name);
    case 'loaded': {
      const { expert, shard } = attempt.match;
      const { parameter, mapped } = attempt;
      return { kind: 'load', ending: 'expert', parameter, slot: shard, expert, reported: mapped };
    }
  }
}

function elsewhere(state: TensorState, expert: number, reported: string | undefined): Verdict {
  state.listener?.tag('skip:expert_not_on_this_rank');
  state.listener?.step(
    'expert',
    `Expert ${expert} is not on this rank, so the loader declined and nothing was copied.`,
  );
  return { kind: 'skip', ending: 'skip:expert_not_on_this_rank', reported, expert };
}

/** The shared expert is cut into as many pieces as there are shared experts; each becomes one more routed expert. */
function loadSharedAsRouted(state: TensorState, context: RuleContext): Verdict | null {
  const { shape } = state;
  const pieces = context.numSharedExperts || 1;
  const axis = state.name.includes('down_proj.weight') && shape.length > 1 ? 1 : 0;
  const size = shape[axis];
  if (size === undefined && state.shapeKnown)
    return { kind: 'fail', error: { type: 'IndexError', message: 'A tensor without dimensions cannot be cut.' } };
  if (size !== undefined && size % pieces !== 0) {
    const message = `Dimension ${axis} is ${size}, which cannot be cut into ${pieces} shared experts.`;
    return { kind: 'fail', error: { type: 'AssertionError', message } };
  }
  const length = (size ?? 0) / pieces;
  const { numLogicalExperts } = context.placement.experts;
  let loaded: Verdict | null = null;
  let lastExpert = numLogicalExperts;
  for (let piece = 0; piece < pieces; piece++) {
    const cut = wholeBox(shape).map((range, dim): readonly [number, number] =>
      dim === axis ? [piece * length, (piece + 1) * length] : range,
    );
    const chunk = state.shapeKnown ? cut : null;
    const asRouted = state.name.replaceAll('mlp.shared_experts', `mlp.experts.${numLogicalExperts + piece}`);
    const attempt = tryExperts(state, context, asRouted, chunk);
    if (attempt.kind === 'notAnExpert') return null;
    if (attempt.kind === 'failed') return attempt.verdict;
    if (attempt.kind === 'elsewhere') lastExpert = attempt.expert;
    else {
      const { parameter, mapped, match } = attempt;
      loaded = { kind: 'load', ending: 'expert', parameter, slot: match.shard, expert: null, reported: mapped };
    }
  }
  return loaded ?? elsewhere(state, lastExpert, undefined);
}

function tryExperts(state: TensorState, context: RuleContext, name: string, chunk: Box | null): Attempt {
  let last: ExpertMatch | null = null;
  for (const { match, physicalId } of candidatesOf(name, context)) {
    last = match;
    const mapped = name.replaceAll(match.fragment, match.replacement);
    const index = context.table.indexOf.get(mapped);
    const parameter = index === undefined ? undefined : context.table.parameters[index];
    if (index === undefined || parameter === undefined) {
      state.listener?.step(
        'expert',
        `Found ${match.fragment} and replaced it by ${match.replacement}, which gives ${mapped}: no parameter has that name. This is looked up before the rank is asked, so it fails on every rank.`,
      );
      return { kind: 'failed', verdict: keyError(mapped) };
    }
    state.listener?.tag('expert:try');
    const outcome = callExpertLoader(state, context, index, parameter, match.shard, physicalId, chunk);
    if (outcome === 'elsewhere') continue;
    if (outcome !== 'loaded') {
      state.listener?.step(
        'expert',
        `Found ${match.fragment}, but the loader of ${mapped} refuses: ${outcome.message}`,
      );
      return { kind: 'failed', verdict: { kind: 'fail', error: outcome } };
    }
    state.listener?.step(
      'expert',
      `Found ${match.fragment} and loaded it as ${match.shard} of expert ${physicalId} in ${mapped}.`,
    );
    return { kind: 'loaded', parameter: index, mapped, match };
  }
  return last === null ? { kind: 'notAnExpert' } : { kind: 'elsewhere', expert: last.expert };
}

/** The rows of the expert table whose fragment is in the name, in table order: by physical id, then gate, down, up. */
function candidatesOf(name: string, context: RuleContext): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const match of expertMatches(name))
    for (const physicalId of context.physicalIdsOf(match.expert) ?? []) candidates.push({ match, physicalId });
  // Stable: matches of one id already stand in the order gate, down, up.
  return candidates.length < 2 ? candidates : candidates.sort((a, b) => a.physicalId - b.physicalId);
}

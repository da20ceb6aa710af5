/** Second reading, sections 5, 6 and 8: the loop over the tensors, as one straight transcription. */
import { type Built, build, type Config, type Param, type Quant } from './model.ts';
import { flatSize, type Parallel } from './ranks.ts';
import { check, narrow, Raised, type Range, sameShape, whole } from './tensors.ts';
import { type CopyRecord, type ExpertShard, loadExpert, loaderNames, loadInto } from './weightLoaders.ts';

export interface Case {
  config: Config;
  parallel: Parallel;
  quant: Quant;
  tensors: { name: string; shape: number[]; dtype: string }[];
}

interface Call {
  param: string;
  loader: string;
  weight_shape: number[];
  shard_id?: number | string;
  expert_id?: number;
  success?: boolean;
  chunk?: Range[];
  error?: { type: string };
  copies: CopyRecord[];
}

interface Event {
  name: string;
  spec_layer?: number;
  rewritten?: string;
  path: string[];
  calls?: Call[];
  outcome: string;
  rule: string;
  loaded_params_added: (string | null)[];
}

const stackedRows: readonly [string, string, number][] = [
  ['gate_up_proj', 'gate_proj', 0],
  ['gate_up_proj', 'up_proj', 1],
  ['fused_qkv_a_proj', 'q_a_proj', 0],
  ['fused_qkv_a_proj', 'kv_a_proj_with_mqa', 1],
];

/** The output fields of a recorded run. */
export function secondReading(given: Case): Record<string, unknown> {
  let built: Built;
  try {
    built = build(given.config, given.parallel, given.quant);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return { init_error: { type: error.type }, error: null, events: [], tensors: [] };
  }
  const loader = new SecondLoader(given, built);
  loader.run();
  return loader.output();
}

class SecondLoader {
  private readonly given: Case;
  private readonly built: Built;
  private readonly params: Map<string, Param>;
  private readonly loaded = new Set<string | null>();
  private readonly events: Event[] = [];
  private error: { at: string | null; type: string } | null = null;
  private readonly table: [string, string, number, ExpertShard][] = [];
  private event: Event = { name: '', path: [], outcome: '', rule: '', loaded_params_added: [] };

  constructor(given: Case, built: Built) {
    this.given = given;
    this.built = built;
    this.params = new Map(built.params.map((param) => [param.name, param]));
  }

  run(): void {
    const { config, parallel, tensors } = this.given;
    const E = config.n_routed_experts as number | null | undefined;
    const S = config.n_shared_experts as number | null | undefined;
    const fusion = parallel.aiter_fused_shared_experts === true;
    const absent = E === undefined || (fusion && S === undefined);
    if (absent || E === null || (fusion && S === null)) {
      this.error = { at: null, type: absent ? 'AttributeError' : 'TypeError' };
      return;
    }
    for (let id = 0; id < E + (fusion ? (S as number) : 0); id++)
      this.table.push(
        ['experts.w13_', `experts.${id}.gate_proj.`, id, 'w1'],
        ['experts.w2_', `experts.${id}.down_proj.`, id, 'w2'],
        ['experts.w13_', `experts.${id}.up_proj.`, id, 'w3'],
      );
    for (const [index, tensor] of tensors.entries()) {
      this.event = { name: tensor.name, path: [], outcome: '', rule: '', loaded_params_added: [] };
      this.events.push(this.event);
      try {
        this.one(tensor.name, tensor.shape, ((index % 13) + 1) as number);
      } catch (error) {
        if (!(error instanceof Raised)) throw error;
        this.event.outcome = 'error';
        this.event.rule = `error:${error.type}`;
        this.error = { at: tensor.name, type: error.type };
        return;
      }
    }
  }

  private tag(tag: string): void {
    const { path } = this.event;
    if (path.at(-1) !== tag && !(tag === 'expert:try' && path.includes(tag))) path.push(tag);
  }

  private end(rule: string): void {
    this.event.rule = rule;
    this.event.outcome = rule.startsWith('skip:') ? 'skipped' : 'loaded';
    if (rule.startsWith('skip:')) this.tag(rule);
  }

  private add(name: string | null): void {
    if (!this.loaded.has(name)) this.event.loaded_params_added.push(name);
    this.loaded.add(name);
  }

  private param(name: string): Param {
    const param = this.params.get(name);
    if (param === undefined) throw new Raised('KeyError');
    return param;
  }

  private call(call: Omit<Call, 'copies'>, load: (copies: CopyRecord[]) => boolean | undefined): boolean {
    const made: Call = { ...call, copies: [] };
    this.event.calls = [...(this.event.calls ?? []), made];
    try {
      const success = load(made.copies);
      if (success !== undefined) made.success = success;
      return success !== false;
    } catch (error) {
      if (error instanceof Raised) made.error = { type: error.type };
      throw error;
    }
  }

  private one(original: string, shape: number[], scalar: number): void {
    const { config, parallel } = this.given;
    const L0 = config.num_hidden_layers as number;
    const M = config.num_nextn_predict_layers as number;
    const vocab = config.vocab_size as number;
    // A, B
    if (original.includes('rotary_emb.inv_freq')) {
      this.end('skip:rotary_inv_freq');
      return;
    }
    let layer = -1;
    for (let i = M - 1; i >= 0; i--) if (original.startsWith(`model.layers.${L0 + i}.`)) layer = L0 + i;
    if (layer < 0) {
      this.end('skip:not_an_mtp_layer');
      return;
    }
    const fused = parallel.aiter_fused_shared_experts === true && original.includes('mlp.shared_experts');
    // C
    let name: string | null = original;
    const found = ['embed_tokens', 'enorm', 'hnorm', 'eh_proj', 'shared_head'].find((part) => original.includes(part));
    if (found === undefined) name = original.split(`model.layers.${layer}.`).join(`model.layers.${layer}.mtp_block.`);
    else if (found === 'embed_tokens') name = original.split(`model.layers.${layer}.`).join('model.');
    this.event.spec_layer = layer;
    this.event.rewritten = name;
    // D
    for (const [paramPart, checkpointPart, shard] of stackedRows) {
      if (!name.includes(checkpointPart)) continue;
      if (name.includes('mlp.experts.') && !this.params.has(name)) {
        this.tag('stacked:pass_over_routed_expert_name');
        continue;
      }
      if (fused) {
        this.tag('stacked:pass_over_fused_shared_expert');
        continue;
      }
      const mapped: string = name.split(checkpointPart).join(paramPart);
      if (paramPart === 'fused_qkv_a_proj' && !this.params.has(mapped)) {
        this.tag('stacked:no_fused_qkv_a_param');
        continue;
      }
      name = mapped;
      if (name.endsWith('.bias') && !this.params.has(name)) {
        this.tag('stacked:bias_not_in_params');
        continue;
      }
      const param = this.param(name);
      this.tag('stacked:load');
      this.direct(param, shape, shard, vocab, scalar);
      this.end('stacked');
      this.add(name);
      return;
    }
    // E
    let chunks = 1;
    let axis = 0;
    let piece = 0;
    if (fused) {
      chunks = (config.n_shared_experts as number | null) || 1;
      axis = name.includes('down_proj.weight') && shape.length > 1 ? 1 : 0;
      const total = shape[axis];
      if (total === undefined) throw new Raised('IndexError');
      check(total % chunks === 0);
      piece = total / chunks;
    }
    let rule = '';
    for (let j = 0; j < chunks; j++) {
      if (name === null) throw new Raised('AttributeError');
      const part = fused ? narrow(whole(shape), axis, j * piece, piece) : whole(shape);
      const chunkName: string = fused
        ? name.split('mlp.shared_experts').join(`mlp.experts.${(config.n_routed_experts as number) + j}`)
        : name;
      let isExpert = false;
      let success = false;
      for (const [paramPart, checkpointPart, id, shard] of this.table) {
        if (!chunkName.includes(checkpointPart)) continue;
        isExpert = true;
        const mapped: string = chunkName.split(checkpointPart).join(paramPart);
        const param = this.param(mapped);
        this.tag('expert:try');
        const { ranks } = this.built;
        const chunk = fused && !sameShape(part.shape, shape) ? { chunk: part.box } : {};
        const about = { param: param.name, loader: loaderNames[param.loader], weight_shape: part.shape };
        success = this.call({ ...about, shard_id: shard, expert_id: id, ...chunk }, (copies) => {
          if (param.loader !== 'experts' || ranks === null) throw new Raised('TypeError');
          return loadExpert(param, part, shard, id, ranks, copies);
        });
        if (!success) continue;
        if (fused) this.add(mapped);
        else name = mapped;
        rule = 'expert';
        break;
      }
      if (success) continue;
      if (isExpert) {
        this.tag('skip:expert_not_on_this_rank');
        if (rule === '') rule = 'skip:expert_not_on_this_rank';
        continue;
      }
      // F
      if (name.endsWith('.bias') && !this.params.has(name)) {
        rule = 'skip:bias_not_in_params';
        this.tag(rule);
        continue;
      }
      name = this.kvScale(name);
      if (name === null) {
        rule = 'skip:kv_scale_without_param';
        this.tag(rule);
        continue;
      }
      if (layer !== L0 && !name.includes('.layers')) {
        rule = 'skip:shared_weight_not_first_mtp_layer';
        this.tag(rule);
        continue;
      }
      const param = this.param(name);
      this.tag('direct:load');
      this.direct(param, shape, null, vocab, scalar);
      rule = 'direct';
    }
    if (!fused) this.add(name);
    this.event.rule = rule;
    this.event.outcome = rule.startsWith('skip:') ? 'skipped' : 'loaded';
  }

  private direct(param: Param, shape: number[], shard: number | null, vocab: number, scalar: number): void {
    const about = { param: param.name, loader: loaderNames[param.loader], weight_shape: shape };
    this.call({ ...about, ...(shard === null ? {} : { shard_id: shard }) }, (copies) => {
      loadInto(param, whole(shape), shard, vocab, scalar, copies);
      return undefined;
    });
  }

  private kvScale(name: string): string | null {
    const known = (candidate: string): string | null => (this.params.has(candidate) ? candidate : null);
    if (name.endsWith('.kv_scale')) return known(name.split('.kv_scale').join('.attn.k_scale'));
    const kind = ['scale', 'zero_point'].find((end) =>
      ['k', 'v', 'q'].some((letter) => name.endsWith(`.${letter}_${end}`)),
    );
    if (kind === undefined) return name;
    const stem = name.slice(0, -(kind.length + 3));
    const letter = name.slice(stem.length + 1, stem.length + 2);
    const attention = [...this.params.keys()].some((key) => key.includes('mla_attn')) ? 'mla_attn.mla_attn' : 'attn';
    const under = (parent: string, child: string): string | null => {
      const front = stem.slice(0, stem.length - parent.length);
      return stem.endsWith(parent) && kind === 'scale' && letter !== 'q' ? `${front}${child}.${letter}_scale` : null;
    };
    const renamed =
      under('.self_attn.k_proj', `.self_attn.${attention}`) ??
      under('.self_attn.v_proj', `.self_attn.${attention}`) ??
      under('.self_attn.qkv_proj', '.self_attn.attn') ??
      under('.self_attn.qkqkv_proj', '.self_attn.attn') ??
      under('.mixer.k_proj', '.mixer.attn') ??
      under('.mixer.v_proj', '.mixer.attn') ??
      `${stem}.attn.${letter}_${kind}`;
    return known(renamed);
  }

  output(): Record<string, unknown> {
    const names = [...this.loaded].filter((name): name is string => name !== null).sort();
    const params = this.built.params.map(({ name, shape, dtype, class: kind, written }) => ({
      name,
      shape,
      dtype,
      class: kind,
      covered: written.reduce((sum, one) => sum + one, 0),
      numel: written.length,
    }));
    return {
      init_error: null,
      error: this.error,
      tensors: this.given.tensors,
      events: this.events,
      loaded_params: names,
      loaded_params_contains_none: this.loaded.has(null),
      loaded_params_not_a_param: names.filter((name) => !this.params.has(name)),
      params,
      never_loaded: params.filter(({ covered }) => covered === 0).map(({ name }) => name),
      partially_loaded: params.filter(({ covered, numel }) => covered > 0 && covered < numel).map(({ name }) => name),
      strict_check_missing: params
        .map(({ name }) => name)
        .filter((name) => !this.loaded.has(name))
        .sort(),
      ...this.moe(),
    };
  }

  private moe(): Record<string, unknown> {
    const { config, parallel } = this.given;
    const { ranks } = this.built;
    if (ranks === null) return {};
    const mask = ranks.map !== null && parallel.aiter_fused_moe === true;
    return {
      moe: {
        use_ep: ranks.useEp,
        ep_size: ranks.epSize,
        ep_rank: ranks.epRank,
        tp_size: ranks.mt,
        tp_rank: ranks.m,
        global_num_experts: ranks.physical,
        logical_num_experts: config.n_routed_experts,
        local_num_experts: ranks.rows,
        placement: ranks.placement,
        expert_map: ranks.map,
        num_fused_shared_experts: ranks.sharedSlots,
        expert_mask: mask ? [...(ranks.map ?? []).map((row) => (row >= 0 ? 1 : 0)), 0] : null,
      },
      model_attrs: {
        num_moe_layers: config.num_nextn_predict_layers,
        num_expert_groups: config.n_group,
        num_logical_experts: config.n_routed_experts,
        num_physical_experts: ranks.physical,
        num_local_physical_experts: Math.floor(ranks.physical / flatSize(parallel)),
        num_routed_experts: config.n_routed_experts,
        num_shared_experts: config.n_shared_experts,
        num_redundant_experts: parallel.num_redundant_experts ?? 0,
      },
    };
  }
}

/** What runs when a checkpoint is not quite the demo's, and what must not. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { DecodeStep, Plan } from '../../electron/common/contract.ts';
import { greedy } from '../../electron/common/domain.ts';
import { Session } from '../../electron/engine/session/session.ts';
import { demoVariant } from '../support/demoVariant.ts';
import { addonPath } from './nativeSupport.ts';

const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../assets/demo-model/golden.json', import.meta.url)), 'utf8'),
);
const item = golden.items[0];

let session: Session;
let plan: Plan | null = null;
let steps: DecodeStep[] = [];

async function open(folder: string): Promise<void> {
  steps = [];
  session = new Session({
    addonPath,
    version: 'test',
    threads: 2,
    emit: (event, payload) => {
      if (event === 'plan.ready') plan = payload as Plan;
    },
    emitStep: (step) => steps.push(step),
  });
  expect(await session.open(folder)).toMatchObject({ ok: true });
}

const decode = (numSpeculativeTokens: number) =>
  session.decode({
    prompt: item.prompt,
    maxTokens: golden.num_new_tokens,
    numSpeculativeTokens,
    predictor: 'modules',
    sampling: greedy,
    paceMillis: 0,
  });

describe('variants of the demo checkpoint', () => {
  afterEach(() => session.close());

  it('drafts with the target embedding and head where the MTP layers have no copies', async () => {
    await open(demoVariant((name) => !/layers\.[45]\.(embed_tokens|shared_head\.head)/.test(name)));
    // The reference's own check refuses it by name, although it would never use these parameters.
    expect(plan?.verdict.level).toBe('blocked');
    expect((await decode(2)).outputIds).toEqual(item.greedy_ids);
    expect(steps.map((step) => step.draftIds)).toEqual(
      item.speculative['2'].steps.map((step: { draft_ids: number[] }) => step.draft_ids),
    );
  });

  it('decodes plainly without MTP layers, and says why it cannot draft', async () => {
    await open(demoVariant((name) => !/layers\.[45]\./.test(name), { num_nextn_predict_layers: 0 }));
    expect((await session.load(2)).status).toBe('done');
    expect((await decode(0)).outputIds).toEqual(item.greedy_ids);
    await expect(decode(1)).rejects.toThrow(/no MTP layers to draft with/);
  });

  it('does not load or run a target that misses a tensor, and the verdict says so first', async () => {
    await open(demoVariant((name) => name !== 'model.layers.1.self_attn.o_proj.weight'));
    expect(plan?.verdict.level).toBe('blocked');
    expect(plan?.verdict.sentence).toMatch(/target model.*model\.layers\.1\.self_attn\.o_proj\.weight/);
    expect(plan?.findings[0]).toMatchObject({ code: 'targetIncomplete', severity: 'blocker' });
    await expect(session.load(2)).rejects.toThrow(/model\.layers\.1\.self_attn\.o_proj\.weight/);
    await expect(decode(2)).rejects.toThrow(/model\.layers\.1\.self_attn\.o_proj\.weight/);
  });

  it('says before it drafts that an expert is not filled', async () => {
    await open(demoVariant((name) => name !== 'model.layers.4.mlp.experts.7.up_proj.weight'));
    const drafted = await decode(2);
    expect(drafted.notes[0]).toMatch(/fills all of .*layers\.4.*w13_weight: drafts are made with zeros/);
    expect(drafted.outputIds).toEqual(item.greedy_ids);
    expect((await decode(0)).notes).toEqual([]);
  });

  it('refuses more MTP layers than the files hold', async () => {
    await open(demoVariant(() => true, { num_nextn_predict_layers: 3 }));
    expect(plan?.findings.map(({ code }) => code)).toContain('fewerMtpLayers');
    await expect(session.load(2)).rejects.toThrow(/model\.layers\.6/);
  });
});

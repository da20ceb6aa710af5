import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { sourceFactsOf } from '../../../../electron/engine/session/sources/sourceFacts.ts';
import { type BrokenOptions, brokenCheckpoint, damage, reshaped, without } from '../../../support/brokenCheckpoints.ts';

async function facts(options: BrokenOptions = {}) {
  const rows = sourceFactsOf(await openCheckpoint(brokenCheckpoint(options)));
  return new Map(rows.map(({ label, ...row }) => [label, row]));
}

async function disagreements(options: BrokenOptions) {
  return [...(await facts(options))].flatMap(([label, { disagrees }]) =>
    disagrees.length === 0 ? [] : [[label, ...disagrees]],
  );
}

describe('sourceFactsOf', () => {
  it('lets each source speak for itself, and they agree about a whole checkpoint', async () => {
    const rows = await facts({ fp8: true });
    expect(rows.get('Main layers')).toEqual({
      config: '1',
      index: '1',
      headers: '1',
      quantisation: null,
      disagrees: [],
    });
    expect(rows.get('MTP layers')).toMatchObject({ config: '1 (1)', index: '1 (1)', headers: '1 (1)' });
    expect(rows.get('Routed experts')).toMatchObject({ config: '4', index: '4', headers: '4' });
    expect(rows.get('Stored as')).toMatchObject({ config: 'fp8, 128 x 128 blocks' });
    expect(rows.get('Stored as')?.headers).toMatch(/^F8_E4M3 \d+ %, BF16/);
    expect([...rows.values()].flatMap(({ disagrees }) => disagrees)).toEqual([]);
  });

  it.each<[string, BrokenOptions, readonly (readonly string[])[]]>([
    [
      'a config that promises two MTP layers',
      { config: { num_nextn_predict_layers: 2 } },
      [['MTP layers', 'index', 'headers']],
    ],
    [
      'a config with more main layers than there are',
      { config: { num_hidden_layers: 3 } },
      [
        ['Main layers', 'index', 'headers'],
        ['MTP layers', 'index', 'headers'],
      ],
    ],
    ['a config with more experts', { config: { n_routed_experts: 8 } }, [['Routed experts', 'index', 'headers']]],
    [
      'an expert that only the index knows',
      {
        change: without(/experts\.3\./),
        weightMap: (map) => ({ ...map, 'model.layers.1.mlp.experts.3.up_proj.weight': 'model.safetensors' }),
      },
      [
        ['Routed experts', 'headers'],
        ['Tensors', 'headers'],
      ],
    ],
    ['no output head', { change: without(/^lm_head/) }, [['Output head', 'index', 'headers']]],
    [
      'a vocabulary that grew',
      { change: reshaped(/^model\.embed_tokens/, { shape: [80, 128] }) },
      [['Vocabulary', 'headers']],
    ],
    [
      'fp8 weights without the config saying so',
      { fp8: true, config: { quantization_config: null } },
      [['Stored as', 'headers']],
    ],
    [
      'a scale that is missing',
      { fp8: true, change: without(/layers\.0\.self_attn\.o_proj\.weight_scale_inv$/) },
      [['Block scales', 'index', 'headers']],
    ],
    [
      'a file that the index does not name',
      { after: damage.addFile('extra.safetensors', [{ name: 'adapter.weight', shape: [2] }]) },
      [['Files', 'headers']],
    ],
  ])('marks %s', async (_name, options, expected) => {
    expect(await disagreements(options)).toEqual(expected);
  });

  it('reads the list of unquantised modules', async () => {
    const list = (ignored_layers: string[]) => ({
      fp8: true,
      config: { quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128], ignored_layers } },
    });
    const good = await facts(list(['model.layers.1.eh_proj']));
    expect(good.get('Unquantised modules')).toMatchObject({
      quantisation: '1 in ignored_layers',
      headers: 'all found',
      disagrees: [],
    });
    expect(good.get('MTP layers')).toMatchObject({ quantisation: 'names 1', disagrees: [] });
    expect(await disagreements(list(['model.layers.61.eh_proj', 'lm_head']))).toEqual([
      ['MTP layers', 'quantisation'],
      ['Unquantised modules', 'quantisation'],
    ]);
  });

  it('says nothing for headers that could not be read, and does not hang on an absurd config', async () => {
    const rows = await facts({ after: damage.remove('model.safetensors') });
    expect(rows.get('Main layers')).toMatchObject({ index: '1', headers: null, disagrees: [] });
    const absurd = await facts({ config: { num_hidden_layers: 2 ** 50, num_nextn_predict_layers: 2 ** 50 } });
    expect(absurd.get('Main layers')).toMatchObject({ config: null, index: '1', headers: '1' });
    const large = await facts({ config: { num_hidden_layers: 999, num_nextn_predict_layers: 99 } });
    expect(large.get('Main layers')?.disagrees).toEqual(['index', 'headers']);
  });
});

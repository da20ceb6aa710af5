/** Findings where the quantisation is not modelled, and what entries of ignore lists match. */
import { describe, expect, it } from 'vitest';
import { globMatches, ignoreListOf } from '../../../../electron/engine/loading/findings/ignoreEntries.ts';
import { bf16, changed, findings, severitiesOf, type Tensors, verdict } from './findingFixtures.ts';
import { planCase } from './goldenCases.ts';

describe('quantisation that is not modelled', () => {
  const quantized = (quant: Record<string, unknown>, change: (tensors: Tensors) => Tensors = (all) => all) => {
    const golden = changed(bf16, change, { quantization_config: quant });
    const config = planCase(golden).input.config;
    return planCase(golden, { quantization: config.quantization });
  };
  const packed = (tensors: Tensors): Tensors =>
    tensors.flatMap((tensor) =>
      /^model\.layers\.3.*(_proj|_mqa)\.weight$/.test(tensor.name) && !tensor.name.includes('eh_proj')
        ? [
            { name: tensor.name.replace(/weight$/, 'qweight'), shape: [2, 2], dtype: 'I32' as const },
            { name: tensor.name.replace(/weight$/, 'scales'), shape: [2, 2], dtype: 'F16' as const },
          ]
        : [tensor],
    );

  it('follows packed tensors by name', () => {
    const plan = quantized({ quant_method: 'awq', bits: 4 }, packed);
    expect(severitiesOf(plan)).toMatchObject({ quantizationNotModelled: 'warning' });
    expect(plan.slots).toEqual({ never: [], twice: [] });
    expect(verdict(plan)).toMatchObject({ level: 'good', sentence: expect.stringContaining('"awq" is not modelled') });
    const missing = quantized({ quant_method: 'awq', bits: 4 }, (all) =>
      packed(all).filter(({ name }) => !name.endsWith('o_proj.qweight')),
    );
    expect(severitiesOf(missing)).toMatchObject({ neverFilled: 'silent' });
  });

  it('takes full precision for granted where the method asks the files, and not where a list rules', () => {
    expect(severitiesOf(quantized({ quant_method: 'awq', bits: 4 }))).not.toHaveProperty('packedExpected');
    const nvfp4 = { quant_method: 'modelopt', quant_algo: 'NVFP4' };
    expect(severitiesOf(quantized({ ...nvfp4, ignore: ['lm_head'] }))).toMatchObject({
      packedExpected: 'blocker',
    });
    expect(severitiesOf(quantized({ ...nvfp4, ignore: ['model.layers.3*'] }))).not.toHaveProperty('packedExpected');
  });

  it('says what an entry of the ignore list matches and misses', () => {
    const ignore = ['model.layers.3.self_attn*', 'mtp.layers.0*'];
    const found = findings(quantized({ quant_method: 'modelopt', quant_algo: 'NVFP4', ignore }));
    const missed = found.find(({ code }) => code === 'ignoreListMisses');
    expect(missed?.sentence).toContain('mtp.layers.0* does not match model.layers.3.mlp.experts.0.gate_proj');
    const texts = found.find(({ code }) => code === 'packedExpected')?.evidence.map(({ text }) => text) ?? [];
    expect(texts.some((text) => /self_attn\*: matches 5 MTP modules/.test(text))).toBe(true);
    expect(texts.some((text) => /mtp\.layers\.0\*: matches 0 MTP modules/.test(text))).toBe(true);
  });

  it('names a layer number that belongs to another model', () => {
    for (const ignore of [['model.layers.61*'], ['re:model\\.layers\\.61\\..*'], ['model.layers.2.eh_proj']]) {
      const found = findings(quantized({ quant_method: 'compressed-tensors', ignore }));
      const wrong = found.find(({ code }) => code === 'ignoreListLayer');
      expect(wrong, ignore[0]).toMatchObject({ severity: 'warning', sentence: expect.stringContaining('is layer 3') });
    }
    const right = findings(quantized({ quant_method: 'compressed-tensors', ignore: ['re:model.layers.3.*'] }));
    expect(right.map(({ code }) => code)).not.toContain('ignoreListLayer');
  });

  it.each([
    ['model.layers.3.mlp.experts', 'model.layers.3.mlp.experts.5.up_proj', true],
    ['model.layers.3.mlp.experts.0.gate_proj', 'model.layers.3.mlp.experts.5.up_proj', true],
    ['model.layers.3.mlp', 'model.layers.3.mlp.experts.5.up_proj', false],
    ['model.layers.3.mlp.shared_experts', 'model.layers.3.mlp.shared_experts.down_proj', false],
    ['model.layers.3.mlp.shared_experts.down_proj', 'model.layers.3.mlp.shared_experts.down_proj', true],
    ['model.layers.3.mlp.shared_experts.gate_proj', 'model.layers.3.mlp.shared_experts.gate_proj', true],
    ['model.layers.3', 'model.layers.3.self_attn.o_proj', false],
    ['model.layers.3.self_attn.o_proj', 'model.layers.3.self_attn.o_proj', true],
  ])('fp8 entry %s on %s: %s', (entry, module, expected) => {
    const quantization_config = { quant_method: 'fp8', ignored_layers: [entry] };
    const { config } = planCase(changed(bf16, (all) => all, { quantization_config })).input;
    expect(ignoreListOf(config)?.matches(entry, module)).toBe(expected);
  });

  it.each([
    ['mtp.layers.0*', 'mtp.layers.0.self_attn.o_proj', true],
    ['mtp.layers.0*', 'mtp.fc', false],
    ['*.gate', 'model.layers.3.mlp.gate', true],
    ['model.layers.?.mlp*', 'model.layers.3.mlp.experts', true],
    ['a*b*c', 'aXbYbZ', false],
    ['', '', true],
  ])('glob %s on %s: %s', (glob, text, expected) => expect(globMatches(glob, text)).toBe(expected));
});

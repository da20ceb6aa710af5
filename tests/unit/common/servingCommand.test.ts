import { describe, expect, it } from 'vitest';
import { singleRank } from '../../../electron/common/domain.ts';
import { parseServingCommand } from '../../../electron/common/servingCommand.ts';
import { shellWords } from '../../../electron/common/shellWords.ts';

function parse(text: string) {
  const parsed = parseServingCommand(text);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.command;
}

describe('shell words', () => {
  it.each([
    ['a  b\tc\nd', ['a', 'b', 'c', 'd']],
    ['a \\\n  b \\\r\n c', ['a', 'b', 'c']],
    [`'{"a": 1}' "x \\"y\\" \\n" z\\ z ''`, ['{"a": 1}', 'x "y" \\n', 'z z', '']],
    ['a # the rest\nb c#d', ['a', 'b', 'c#d']],
  ])('of %j', (text, words) => expect(shellWords(text)).toEqual(words));

  it('need closed quotes', () => expect(shellWords(`a 'b`)).toBeNull());
});

describe('a serving command', () => {
  it('in long and short forms, with = and underscores, gives the same set-up', () => {
    const wanted = { ...singleRank, tensorParallelSize: 8, dataParallelSize: 2, enableExpertParallel: true };
    for (const options of [
      '--tensor-parallel-size 8 --data-parallel-size 2 --enable-expert-parallel',
      '-tp 8 -dp 2 -ep',
      '-tp=8 -dp=2 --enable_expert_parallel',
      '--tensor_parallel_size=8 --data-parallel-size=2 -ep',
    ]) {
      expect(parse(`vllm serve deepseek-ai/DeepSeek-V3 ${options}`)).toEqual({
        parallel: wanted,
        model: 'deepseek-ai/DeepSeek-V3',
        speculative: null,
        unmodelled: [],
        withoutEffect: [],
      });
    }
  });

  it('with everything that a recipe has', () => {
    const command = parse(`VLLM_ROCM_USE_AITER=1 VLLM_MLA_DISABLE=1 VLLM_ROCM_USE_AITER_FUSION_SHARED_EXPERTS=1 \\
      vllm serve m -ep -dp 16 --enable-eplb --eplb-config '{"num_redundant_experts": 32, "window_size": 10}' \\
      --expert-placement-strategy round_robin --all2all-backend deepep_low_latency --port 8000 \\
      --speculative-config '{"method": "deepseek_mtp", "num_speculative_tokens": 2}' -pp 2 --new-thing x`);
    expect(command.parallel).toEqual({
      ...singleRank,
      dataParallelSize: 16,
      enableExpertParallel: true,
      enableEplb: true,
      numRedundantExperts: 32,
      expertPlacementStrategy: 'roundRobin',
      all2allBackend: 'deepep_low_latency',
      aiterFusedMoe: true,
      aiterFusedSharedExperts: true,
      useMla: false,
    });
    expect(command.speculative).toEqual({ method: 'deepseek_mtp', numSpeculativeTokens: 2 });
    expect(command.withoutEffect).toEqual(['--eplb-config.window_size', '--port']);
    expect(command.unmodelled.map(({ option, value }) => [option, value])).toEqual([
      ['-pp', '2'],
      ['--new-thing', 'x'],
    ]);
  });

  it('with keys of a JSON option after a dot', () => {
    const command = parse('vllm serve m --eplb-config.num_redundant_experts 4 --speculative-config.method=eagle');
    expect(command.parallel.numRedundantExperts).toBe(4);
    expect(command.unmodelled[0]?.why).toMatch(/only MTP/);
  });

  it('names variables and the other switches of AITER only when the first is on', () => {
    expect(parse('VLLM_ROCM_USE_AITER_FUSION_SHARED_EXPERTS=1 vllm serve m').parallel).toEqual(singleRank);
    expect(parse('VLLM_NEW=3 vllm serve m').unmodelled[0]?.option).toBe('VLLM_NEW');
    const moeOff = parse('env VLLM_ROCM_USE_AITER=1 VLLM_ROCM_USE_AITER_MOE=0 vllm serve m');
    expect(moeOff.parallel.aiterFusedMoe).toBe(false);
  });

  it('takes the model from --model too, and a single pipeline stage as nothing', () => {
    const command = parse('python -m vllm.entrypoints.openai.api_server --model x -pp 1 -tp 2');
    expect(command.model).toBe('x');
    expect(command.parallel.tensorParallelSize).toBe(2);
    expect(command.withoutEffect).toEqual(['-pp']);
    // Not a serving command of its own options: -m is no option of the engine, and said.
    expect(command.unmodelled.map(({ option }) => option)).toEqual(['-m']);
  });

  it.each([
    ['', /no command/],
    ['vllm serve "m', /quote/],
    ['vllm serve m -tp', /-tp needs a value/],
    ['vllm serve m -tp eight', /whole number/],
    ['vllm serve m -tp 0', /1 to 1024/],
    ['vllm serve m --expert-placement-strategy best', /linear and round_robin/],
    ['vllm serve m --speculative-config {bad', /no JSON/],
    ['vllm serve m --eplb-config 3', /no JSON object/],
  ])('is refused when it is %j', (text, why) => {
    const parsed = parseServingCommand(text);
    expect(parsed.ok ? '' : parsed.failure.message).toMatch(why);
  });
});

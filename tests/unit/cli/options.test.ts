import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../electron/cli/options.ts';

const messageOf = (...argv: string[]): string => {
  try {
    parseOptions(argv);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('parseOptions', () => {
  it('reads a whole set-up', () => {
    const request = parseOptions([
      'plan',
      'folder',
      '--tensor-parallel-size=2',
      '--data-parallel-size',
      '2',
      '--enable-expert-parallel',
      '--expert-placement-strategy',
      'round_robin',
      '--rank',
      '3',
      '--json',
    ]);
    expect(request).toMatchObject({ command: 'plan', checkpoint: 'folder', json: true });
    expect(request?.parallel).toMatchObject({
      tensorParallelSize: 2,
      dataParallelSize: 2,
      enableExpertParallel: true,
      expertPlacementStrategy: 'roundRobin',
      rank: 3,
    });
  });

  it('reads the switches of the recorded set-ups', () => {
    const argv = ['plan', 'a', '--enable-eplb', '--num-redundant-experts=4', '--all2all-backend=deepep_low_latency'];
    expect(parseOptions([...argv, '--fused-shared-experts', '--no-mla'])?.parallel).toMatchObject({
      enableEplb: true,
      numRedundantExperts: 4,
      all2allBackend: 'deepep_low_latency',
      aiterFusedMoe: true,
      aiterFusedSharedExperts: true,
      useMla: false,
    });
    expect(parseOptions(['explain', 'a', 'lm_head.weight'])?.tensor).toBe('lm_head.weight');
  });

  it('takes the spellings of the engine', () => {
    const request = parseOptions(['plan', 'a', '-tp', '4', '-dp=2', '-ep', '--num_redundant_experts=1', '--rank=7']);
    expect(request?.parallel).toMatchObject({
      tensorParallelSize: 4,
      dataParallelSize: 2,
      enableExpertParallel: true,
      numRedundantExperts: 1,
    });
    const config = '{"method":"deepseek_mtp","num_speculative_tokens":3}';
    const generate = parseOptions(['generate', 'a', '--prompt=x', '--speculative-config', config]);
    expect(generate?.numSpeculativeTokens).toBe(3);
    expect(messageOf('check', 'a', '--speculative-config', '{"method":"eagle"}')).toMatch(/"eagle"/);
    expect(messageOf('check', 'a', '--speculative-config', 'two')).toMatch(/takes JSON/);
    expect(messageOf('check', 'a', '--speculative-config', '{"num_speculative_tokens":"2"}')).toMatch(/num_spec/);
  });

  it('has defaults', () => {
    const request = parseOptions(['generate', 'folder', '--prompt', 'In the']);
    expect(request).toMatchObject({ maxTokens: 48, numSpeculativeTokens: undefined, predictor: 'modules', threads: 0 });
    expect(parseOptions(['generate', 'f', '--prompt-ids', '0, 1,2'])?.promptIds).toEqual([0, 1, 2]);
    expect(parseOptions(['--help'])).toBeNull();
    expect(parseOptions(['help'])).toBeNull();
  });

  it('reads how tokens are sampled; greedy and without a seed by default', () => {
    const generate = ['generate', 'f', '--prompt', 'x'];
    expect(parseOptions(generate)?.sampling).toEqual({ temperature: 0, topK: 0, topP: 1, seed: undefined });
    const argv = [...generate, '--temperature=.7', '--top-k=50', '--top-p', '0.95', '--seed=9007199254740991'];
    expect(parseOptions(argv)?.sampling).toEqual({ temperature: 0.7, topK: 50, topP: 0.95, seed: 9007199254740991 });
  });

  it('reads variants of the predictor, each once, for generate and forward alike', () => {
    const variants = ['--alt=main_prenorm', '--alt', 'mask_pos0,main_prenorm'];
    const chosen = ['main_prenorm', 'mask_pos0'];
    expect(parseOptions(['generate', 'f', '--prompt=x'])?.alternatives).toEqual([]);
    expect(parseOptions(['generate', 'f', '--prompt=x', ...variants])?.alternatives).toEqual(chosen);
    const forward = parseOptions(['forward', 'f', '--ids=1', '--out=o.safetensors', ...variants]);
    expect(forward?.forward?.alternatives).toEqual(chosen);
  });

  it.each([
    [[], { kind: 'cpu' }],
    [['--device', 'auto'], { kind: 'auto' }],
    [['--device=cuda'], { kind: 'cuda', index: 0 }],
    [['--device=cuda:3'], { kind: 'cuda', index: 3 }],
  ])('reads the device of %j', (more, device) => {
    expect(parseOptions(['load', 'folder', ...more])).toMatchObject({ device });
  });

  it.each([
    [['generate', 'f', '--prompt=x', '--temperature=hot'], /--temperature takes a number from 0 to 100, not "hot"/],
    [['generate', 'f', '--prompt=x', '--temperature=-1'], /from 0 to 100, not "-1"/],
    [['generate', 'f', '--prompt=x', '--top-p=0'], /--top-p takes a number above 0 and up to 1, not "0"/],
    [['generate', 'f', '--prompt=x', '--top-p=1.01'], /not "1.01"/],
    [['generate', 'f', '--prompt=x', '--top-k=-1'], /--top-k takes a whole number/],
    [['generate', 'f', '--prompt=x', '--seed=9007199254740993'], /--seed takes a whole number/],
    [['plan', 'f', '--temperature=1'], /--temperature belongs to "generate"/],
    [[], /A command is missing/],
    [['pln', 'x'], /no command "pln"/],
    [['plan'], /needs the path/],
    [['plan', 'a', 'b'], /"b" is one argument too many/],
    [['plan', 'a', '--tp', '2'], /--tp/],
    [['plan', 'a', '--tensor-parallel-size', '0'], /takes a whole number from 1 to 1024, not "0"/],
    [['plan', 'a', '--tensor-parallel-size', '2.5'], /not "2.5"/],
    [['plan', 'a', '--tensor-parallel-size', '1e3'], /not "1e3"/],
    [['plan', 'a', '--rank', '1'], /--rank 1 is not there/],
    [['plan', 'a', '--expert-placement-strategy', 'roundRobin'], /linear or round_robin/],
    [['plan', 'a', '--expert-placement-strategy', 'constructor'], /linear or round_robin/],
    [['plan', 'a', '--prompt', 'x'], /belongs to "generate"/],
    [['explain', 'a'], /needs the name of a tensor/],
    [['explain', 'a', 'b', 'c'], /"c" is one argument too many/],
    [['load', 'a', '--device', 'gpu'], /--device takes auto, cpu or cuda:N, not "gpu"/],
    [['load', 'a', '--device', 'cuda:-1'], /not "cuda:-1"/],
    [['plan', 'a', '--device', 'cpu'], /--device belongs to "load", "generate" and "forward"/],
    [['plan', 'a', '--num-redundant-experts', 'x'], /num-redundant-experts/],
    [['check', 'a', '--alt=mask_pos0'], /--alt belongs to "generate" and "forward"/],
    [['generate', 'a', '--prompt=x', '--alt=pre'], /mask_pos0 or chain_postnorm or main_prenorm, not "pre"/],
    [['generate', 'a'], /needs --prompt/],
    [['generate', 'a', '--prompt', 'x', '--prompt-ids', '1'], /not both/],
    [['generate', 'a', '--prompt-ids', '1,,2'], /not ""/],
    [['generate', 'a', '--prompt', 'x', '--max-tokens', '-1'], /max-tokens/],
    [['generate', 'a', '--prompt', 'x', '--predictor', 'vllm'], /modules or reference-engine/],
  ])('refuses %j', (argv, message) => {
    expect(messageOf(...argv)).toMatch(message);
  });
});

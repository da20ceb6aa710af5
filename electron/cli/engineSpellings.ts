/** The serving engine's other ways to write its options, brought to the one that is parsed. */
import { z } from 'zod';
import { FailureError } from '../common/failure.ts';

const shortNames: Readonly<Record<string, string>> = {
  '-tp': '--tensor-parallel-size',
  '-dp': '--data-parallel-size',
  '-ep': '--enable-expert-parallel',
};

/** Short names in full, and underscores in option names as dashes: the engine takes both. */
export function usualSpelling(argv: readonly string[]): string[] {
  return argv.map((argument) => {
    const [name = '', ...value] = argument.split('=');
    const full = Object.hasOwn(shortNames, name) ? shortNames[name] : undefined;
    const usual = full ?? (name.startsWith('--') ? name.replaceAll('_', '-') : name);
    return [usual, ...value].join('=');
  });
}

const speculativeSchema = z.object({
  method: z.string().optional(),
  num_speculative_tokens: z.number().int().min(0).max(32).optional(),
});

const mtpMethods = /^(?:mtp|.*_mtp)$/;

/**
 * @param text value of --speculative-config
 * @returns the number of drafts a step; undefined when it names none
 * @throws FailureError badOption
 */
export function draftsOf(text: string): number | undefined {
  const bad = (why: string) => new FailureError('badOption', `--speculative-config ${why}.`);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw bad('takes JSON, such as {"method":"mtp","num_speculative_tokens":2}');
  }
  const parsed = speculativeSchema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw bad(`is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { method } = parsed.data;
  if (method !== undefined && !mtpMethods.test(method))
    throw bad(`asks for the method "${method}"; Draftscope looks at mtp only`);
  return parsed.data.num_speculative_tokens;
}

/**
 * A place in the workbench, as data: the view, what is selected there, the set-up that is looked at, what is filtered
 * for. Things are named as the files and the engine name them, never by number in a list, so that a place outlives a
 * new plan and can be sent to somebody else as a link (link.ts).
 */
import { z } from 'zod';
import { parallelSchema } from './schemas/primitives.ts';

export const locationViews = ['overview', 'mapping', 'load', 'placement', 'draft'] as const;

export const targetKinds = ['tensor', 'parameter', 'expert', 'rank', 'file', 'finding', 'configKey', 'step'] as const;

/**
 * One thing that can be selected. `name` is: the name of a tensor, parameter or file; the key of config.json; the rank;
 * `137` or `137@5` for physical expert 137 (as rank 5 sees it); the code of a finding, `code~2` for the second of that code;
 * `14.2` for position 2 of decode step 14.
 */
export const targetSchema = z.strictObject({
  kind: z.enum(targetKinds),
  name: z.string().min(1).max(1000),
});
export type Target = z.infer<typeof targetSchema>;
export type TargetKind = Target['kind'];

export const locationSchema = z.strictObject({
  view: z.enum(locationViews),
  /** Name of the checkpoint that the place was in: said when another is open, never used to open one. */
  checkpoint: z.string().max(300).optional(),
  target: targetSchema.optional(),
  /** Where the set-up differs from a single rank. */
  parallel: parallelSchema.partial().optional(),
  /** Of the tensors in Mapping, as words; a word that means nothing here is left out. */
  filter: z.record(z.string().max(30), z.string().max(1000)).optional(),
});
export type Location = z.infer<typeof locationSchema>;

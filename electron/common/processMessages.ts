/** What main and the engine process say to each other directly, beside the page's port. */
import { z } from 'zod';

/** First argument of the engine process, as JSON. */
export const engineArgumentsSchema = z.object({
  addonPath: z.string(),
  version: z.string(),
});
export type EngineArguments = z.infer<typeof engineArgumentsSchema>;

/** `connect` comes with one MessagePort; `ask` wants to know whether anybody answers. */
export const toEngineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connect') }),
  z.object({ type: z.literal('open'), path: z.string() }),
  z.object({ type: z.literal('ask') }),
]);
export type ToEngine = z.infer<typeof toEngineSchema>;

/** `opened`: told after each opening that succeeded, for the recent list; failures go to the page as events. */
export const fromEngineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('opened'), name: z.string(), folder: z.string() }),
  z.object({ type: z.literal('answer') }),
]);
export type FromEngine = z.infer<typeof fromEngineSchema>;

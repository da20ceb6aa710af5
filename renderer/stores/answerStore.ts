/** The engine's last answer to one kind of question about what is looked at. */
import { createStore } from 'zustand/vanilla';
import type { CommandInput, CommandName, CommandOutput } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one thing under one plan. */
export interface AnswerState<N extends CommandName> {
  readonly answer: CommandOutput<N> | null;
  readonly failure: Failure | null;
}

export function createAnswerStore<N extends CommandName>(client: EngineClient, command: N) {
  const store = createStore<AnswerState<N>>(() => ({ answer: null, failure: null }));
  let latest = 0;
  client.on('checkpoint.opened', () => {
    latest += 1;
    store.setState({ answer: null, failure: null });
  });
  return Object.assign(store, {
    /** What was told before stays until the answer is there, so that nothing flickers; only the last question counts. */
    async ask(input: CommandInput<N>): Promise<void> {
      latest += 1;
      const turn = latest;
      try {
        const answer = await client.call(command, input);
        if (turn === latest) store.setState({ answer, failure: null });
      } catch (error) {
        if (turn === latest) store.setState({ answer: null, failure: toFailure(error) });
      }
    },
  });
}

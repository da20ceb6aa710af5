/**
 * Between a port and the session: parses what comes in, finds the handler, answers exactly once, batches events. Knows
 * neither Electron nor what the commands mean.
 */
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
  type DecodeStep,
  type EventName,
  type EventPayload,
  requestSchema,
} from '../common/contract.ts';
import { makeFailure, toFailure } from '../common/failure.ts';

/** Every command has a handler: one that is missing stops the build. */
export type Handlers = {
  readonly [N in CommandName]: (input: CommandInput<N>) => Promise<CommandOutput<N>> | CommandOutput<N>;
};

/** What the dispatcher needs of a message port. */
export interface Port {
  postMessage(message: unknown): void;
}

/** Steps of a run are sent together, at most twenty times a second: more often nobody can read, and each costs a frame. */
const batchMillis = 50;

export class Dispatcher {
  readonly #handlers: Handlers;
  readonly #ports = new Set<Port>();
  #steps: DecodeStep[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  attach(port: Port): void {
    this.#ports.add(port);
  }

  detach(port: Port): void {
    this.#ports.delete(port);
  }

  /** Handles one message of one port; never throws. */
  async receive(port: Port, data: unknown): Promise<void> {
    const request = requestSchema.safeParse(data);
    // Without an id there is nobody to answer.
    if (!request.success) return;
    const { id, command, input } = request.data;
    const reply = await this.#answer(command, input);
    // Events that belong before the answer must not arrive after it.
    this.flush();
    port.postMessage({ kind: 'reply', id, ...reply });
  }

  /** Sends an event to every attached port. */
  emit<N extends EventName>(event: N, payload: EventPayload<N>): void {
    this.flush();
    this.#post(event, payload);
  }

  /** Queues a decode step for the next batch. */
  emitStep(step: DecodeStep): void {
    this.#steps.push(step);
    this.#timer ??= setTimeout(() => this.flush(), batchMillis);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#steps.length === 0) return;
    const batch = this.#steps;
    this.#steps = [];
    this.#post('decode.steps', batch);
  }

  async #answer(command: string, input: unknown) {
    if (!Object.hasOwn(commands, command)) {
      return { ok: false, failure: makeFailure('badRequest', `The engine has no command "${command}".`) };
    }
    const name = command as CommandName;
    const parsed = commands[name].input.safeParse(input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
      return { ok: false, failure: makeFailure('badRequest', `The input of "${command}" is not valid${where}.`) };
    }
    try {
      const handler = this.#handlers[name] as (input: unknown) => unknown;
      return { ok: true, output: await handler(parsed.data) };
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  }

  #post(event: EventName, payload: unknown): void {
    for (const port of this.#ports) port.postMessage({ kind: 'event', event, payload });
  }
}

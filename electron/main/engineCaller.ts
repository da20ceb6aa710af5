/** Main's own client of the engine, for the runs without a person: self-test and headless report. */
import type { MessagePortMain } from 'electron';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
  type EventName,
  type EventPayload,
  eventSchema,
  events,
  replySchema,
} from '../common/contract.ts';
import { FailureError } from '../common/failure.ts';

export class EngineCaller {
  readonly #port: MessagePortMain;
  readonly #pending = new Map<number, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<EventName, Set<(payload: unknown) => void>>();
  #nextId = 1;

  constructor(port: MessagePortMain) {
    this.#port = port;
    port.on('message', ({ data }) => this.#receive(data));
    port.start();
  }

  call<N extends CommandName>(command: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage({ kind: 'request', id, command, input });
    }).then((output) => commands[command].output.parse(output) as CommandOutput<N>);
  }

  on<N extends EventName>(event: N, listener: (payload: EventPayload<N>) => void): void {
    const set = this.#listeners.get(event) ?? new Set();
    set.add((payload) => listener(events[event].parse(payload) as EventPayload<N>));
    this.#listeners.set(event, set);
  }

  #receive(data: unknown): void {
    const reply = replySchema.safeParse(data);
    if (reply.success) {
      const waiting = this.#pending.get(reply.data.id);
      this.#pending.delete(reply.data.id);
      if (reply.data.ok) waiting?.resolve(reply.data.output);
      else waiting?.reject(new FailureError(reply.data.failure.code, reply.data.failure.message, reply.data.failure));
      return;
    }
    const event = eventSchema.safeParse(data);
    if (!event.success) return;
    for (const listener of this.#listeners.get(event.data.event as EventName) ?? []) listener(event.data.payload);
  }
}

/**
 * The page's side of the engine port, and the only file that touches window.draftscope.
 * Everything that arrives is parsed with the contract's schemas; what does not fit is refused.
 */
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
  type DraftscopeBridge,
  type EngineStatus,
  type EventName,
  type EventPayload,
  engineStatusSchema,
  eventSchema,
  events,
  replySchema,
} from '../electron/common/contract.ts';
import { type Failure, FailureError, makeFailure } from '../electron/common/failure.ts';

declare global {
  interface Window {
    readonly draftscope?: DraftscopeBridge;
  }
}

/** What stores need of the engine; tests give their own. Rejections are FailureErrors. */
export interface EngineClient {
  call<N extends CommandName>(command: N, input: CommandInput<N>): Promise<CommandOutput<N>>;
  on<N extends EventName>(event: N, listener: (payload: EventPayload<N>) => void): () => void;
  /** Requests sent and not yet answered. */
  pending(): number;
  /** Called after every change of pending(). */
  onPending(listener: () => void): () => void;
  /** Called at each new port, and at once when there is one. */
  onConnected(listener: () => void): () => void;
  onEngineStatus(listener: (status: EngineStatus) => void): () => void;
  /** Called with each message that was refused. */
  onRefused(listener: (failure: Failure) => void): () => void;
  /** Choosing folders and restarting the engine is main's business. */
  readonly bridge: Bridge;
}

export type Bridge = Omit<DraftscopeBridge, 'onEngineStatus' | 'connect'>;

/** Where the port comes from; a Window, or a stand-in. */
export interface PortSource {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

interface Waiting {
  readonly command: CommandName;
  resolve(output: unknown): void;
  reject(error: FailureError): void;
}

class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();
  add(listener: (value: T) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }
  tell(value: T): void {
    for (const listener of this.#all) listener(value);
  }
}

/** What preload gave the page; undefined in an ordinary browser. */
export function findBridge(): DraftscopeBridge | undefined {
  return window.draftscope;
}

export const portMessageType = 'draftscope:engine-port';

export function connectEngine(bridge: DraftscopeBridge, source: PortSource): EngineClient {
  const waiting = new Map<number, Waiting>();
  const pendingListeners = new Listeners<void>();
  const connectedListeners = new Listeners<void>();
  const statusListeners = new Listeners<EngineStatus>();
  const refusedListeners = new Listeners<Failure>();
  const eventListeners = new Map<EventName, Listeners<unknown>>();
  let port: MessagePort | null = null;
  let status: EngineStatus = { status: 'starting' };
  let nextId = 1;

  function refuse(what: string): void {
    refusedListeners.tell(makeFailure('badRequest', `A message from the engine was refused: ${what}.`));
  }

  function takeReply(data: unknown): void {
    const reply = replySchema.safeParse(data);
    if (!reply.success) {
      refuse('a reply without a valid envelope');
      return;
    }
    const request = waiting.get(reply.data.id);
    if (!request) {
      refuse(`a reply to request ${reply.data.id}, which is not open`);
      return;
    }
    waiting.delete(reply.data.id);
    if (reply.data.ok) {
      const output = commands[request.command].output.safeParse(reply.data.output);
      if (output.success) request.resolve(output.data);
      else {
        const where = output.error.issues[0]?.path.join('.') ?? '';
        request.reject(
          new FailureError(
            'badRequest',
            `The engine's answer to ${request.command} does not fit the contract at "${where}".`,
          ),
        );
      }
    } else {
      const { code, message, hint, path } = reply.data.failure;
      request.reject(new FailureError(code, message, { hint, path }));
    }
    pendingListeners.tell();
  }

  function takeEvent(data: unknown): void {
    const envelope = eventSchema.safeParse(data);
    if (!envelope.success) {
      refuse('an event without a valid envelope');
      return;
    }
    const name = envelope.data.event;
    if (!isEventName(name)) {
      refuse(`an event called "${name}", which is not in the contract`);
      return;
    }
    const payload = events[name].safeParse(envelope.data.payload);
    if (payload.success) eventListeners.get(name)?.tell(payload.data);
    else refuse(`the event ${name} does not fit the contract at "${payload.error.issues[0]?.path.join('.') ?? ''}"`);
  }

  function rejectAll(failure: Failure): void {
    const open = [...waiting.values()];
    waiting.clear();
    for (const request of open) request.reject(new FailureError(failure.code, failure.message, failure));
    if (open.length > 0) pendingListeners.tell();
  }

  source.addEventListener('message', (event) => {
    if (event.source !== source || event.data?.type !== portMessageType) return;
    const arrived = event.ports[0];
    if (!arrived) {
      refuse('an engine port without the port');
      return;
    }
    port?.close();
    rejectAll(makeFailure('engineStopped', 'The engine was replaced before it answered.'));
    port = arrived;
    port.onmessage = ({ data }) => (data?.kind === 'event' ? takeEvent(data) : takeReply(data));
    port.start();
    connectedListeners.tell();
  });

  bridge.onEngineStatus((raw) => {
    const parsed = engineStatusSchema.safeParse(raw);
    if (!parsed.success) {
      refuse('an engine status that is not in the contract');
      return;
    }
    status = parsed.data;
    if (status.status === 'stopped') {
      port?.close();
      port = null;
      rejectAll({ ...status.failure, code: 'engineStopped' });
    }
    statusListeners.tell(status);
  });
  void bridge.connect().catch((error: unknown) => {
    refuse(`no connection to the engine (${error instanceof Error ? error.message : String(error)})`);
  });

  return {
    call(command, input) {
      const openPort = port;
      if (!openPort) return Promise.reject(new FailureError('engineStopped', 'The engine is not running.'));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { command, resolve: resolve as (output: unknown) => void, reject });
        openPort.postMessage({ kind: 'request', id, command, input });
        pendingListeners.tell();
      });
    },
    on(event, listener) {
      const listeners = eventListeners.get(event) ?? new Listeners<unknown>();
      eventListeners.set(event, listeners);
      return listeners.add(listener as (payload: unknown) => void);
    },
    pending: () => waiting.size,
    onPending: (listener) => pendingListeners.add(listener),
    onConnected(listener) {
      if (port) listener();
      return connectedListeners.add(listener);
    },
    onEngineStatus(listener) {
      listener(status);
      return statusListeners.add(listener);
    },
    onRefused: (listener) => refusedListeners.add(listener),
    bridge,
  };
}

function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}

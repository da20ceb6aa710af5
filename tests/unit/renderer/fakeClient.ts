/** An EngineClient whose events and answers the test gives. */
import type {
  CommandInput,
  CommandName,
  CommandOutput,
  EngineStatus,
  EventName,
  EventPayload,
} from '../../../electron/common/contract.ts';
import type { Failure } from '../../../electron/common/failure.ts';
import type { Bridge, EngineClient } from '../../../renderer/engineClient.ts';

interface Asked {
  readonly command: CommandName;
  readonly input: unknown;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

export function fakeClient() {
  const asked: Asked[] = [];
  const open = new Set<Asked>();
  const eventListeners = new Map<EventName, ((payload: never) => void)[]>();
  const pendingListeners: (() => void)[] = [];
  const statusListeners: ((status: EngineStatus) => void)[] = [];
  const connectedListeners: (() => void)[] = [];
  const opened: string[] = [];
  const copied: string[] = [];
  const saved: { kind: string; about: string; text: string }[] = [];
  const changed = () => {
    for (const listener of pendingListeners) listener();
  };
  const bridge: Bridge = {
    openDialog: async () => void opened.push('dialog'),
    openDropped: async (file) => void opened.push(file.name),
    openRecent: async (folder) => void opened.push(folder),
    forgetRecent: async (folder) => void opened.push(`forget ${folder}`),
    openDemo: async () => void opened.push('demo'),
    reopen: async () => void opened.push('again'),
    recent: async () => [{ name: 'tiny', folder: 'models/tiny' }],
    restartEngine: async () => void opened.push('restart'),
    startLink: async () => null,
    copyText: async (text) => void copied.push(text),
    saveFile: async (request) => {
      saved.push({ ...request });
      return { saved: `${request.about}.${request.kind}`, failure: null };
    },
    savePicture: async (about) => ({ saved: `${about}.png`, failure: null }),
    platform: 'linux',
  };
  const client: EngineClient = {
    call<N extends CommandName>(command: N, input: CommandInput<N>) {
      return new Promise<CommandOutput<N>>((resolve, reject) => {
        const entry: Asked = {
          command,
          input,
          resolve(output) {
            open.delete(entry);
            resolve(output as CommandOutput<N>);
            changed();
          },
          reject(error) {
            open.delete(entry);
            reject(error);
            changed();
          },
        };
        asked.push(entry);
        open.add(entry);
        changed();
      });
    },
    on(event, listener) {
      eventListeners.set(event, [...(eventListeners.get(event) ?? []), listener as (payload: never) => void]);
      return () => undefined;
    },
    pending: () => open.size,
    onPending(listener) {
      pendingListeners.push(listener);
      return () => undefined;
    },
    onConnected(listener) {
      connectedListeners.push(listener);
      return () => undefined;
    },
    onEngineStatus(listener) {
      statusListeners.push(listener);
      listener({ status: 'starting' });
      return () => undefined;
    },
    onRefused: (_listener: (failure: Failure) => void) => () => undefined,
    bridge,
  };
  return {
    client,
    asked,
    opened,
    copied,
    saved,
    emit<N extends EventName>(event: N, payload: EventPayload<N>) {
      for (const listener of eventListeners.get(event) ?? []) listener(payload as never);
    },
    status(status: EngineStatus) {
      for (const listener of statusListeners) listener(status);
    },
    connect() {
      for (const listener of connectedListeners) listener();
    },
    /** The last request for this command. */
    last(command: CommandName): Asked {
      const found = asked.findLast((entry) => entry.command === command);
      if (!found) throw new Error(`nobody asked for ${command}`);
      return found;
    },
  };
}

/** Lets everything run that waits on promises that are already settled. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

import { describe, expect, it } from 'vitest';
import type { DraftscopeBridge, EngineStatus } from '../../../electron/common/contract.ts';
import { FailureError } from '../../../electron/common/failure.ts';
import { connectEngine, portMessageType } from '../../../renderer/engineClient.ts';
import { samplePlan } from './samples.ts';

/** A port whose other end is the test. */
class FakePort {
  readonly sent: { kind: string; id: number; command: string; input: unknown }[] = [];
  closed = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  postMessage(message: never): void {
    this.sent.push(structuredClone(message));
  }
  start(): void {}
  close(): void {
    this.closed = true;
  }
  receive(data: unknown): void {
    this.onmessage?.({ data });
  }
}

function setUp() {
  const windowListeners: ((event: MessageEvent) => void)[] = [];
  const source = {
    addEventListener: (_type: 'message', listener: (event: MessageEvent) => void) =>
      void windowListeners.push(listener),
  };
  let tellStatus: (status: EngineStatus) => void = () => undefined;
  let connects = 0;
  const bridge = {
    onEngineStatus(listener: (status: EngineStatus) => void) {
      tellStatus = listener;
      listener({ status: 'starting' });
      return () => undefined;
    },
    async connect() {
      connects += 1;
    },
  } as unknown as DraftscopeBridge;
  const client = connectEngine(bridge, source);
  const refused: string[] = [];
  client.onRefused((failure) => refused.push(failure.message));
  const deliver = (port: FakePort | undefined, patch: object = {}) => {
    const event = { source, data: { type: portMessageType }, ports: port ? [port] : [], ...patch };
    for (const listener of windowListeners) listener(event as unknown as MessageEvent);
  };
  return { client, refused, deliver, status: (status: EngineStatus) => tellStatus(status), connects: () => connects };
}

function connected() {
  const port = new FakePort();
  const all = setUp();
  all.deliver(port);
  return { ...all, port };
}

const codeOf = async (promise: Promise<unknown>) => {
  try {
    await promise;
  } catch (error) {
    return error instanceof FailureError ? error.failure.code : error;
  }
  return 'resolved';
};

describe('engineClient', () => {
  it('asks main to connect once it listens', () => {
    expect(setUp().connects()).toBe(1);
  });

  it('takes a port only from its own window and only of its own type', async () => {
    const { client, deliver } = setUp();
    deliver(new FakePort(), { source: {} });
    deliver(new FakePort(), { data: { type: 'other' } });
    expect(await codeOf(client.call('load.cancel', {}))).toBe('engineStopped');
  });

  it('sends a request and resolves with the parsed output of the reply with its id', async () => {
    const { client, port } = connected();
    const first = client.call('plan.make', { parallel: samplePlan().parallel });
    const second = client.call('load.cancel', {});
    expect(port.sent.map(({ kind, command }) => [kind, command])).toEqual([
      ['request', 'plan.make'],
      ['request', 'load.cancel'],
    ]);
    expect(client.pending()).toBe(2);
    port.receive({ kind: 'reply', id: port.sent[1]?.id, ok: true, output: {} });
    port.receive({ kind: 'reply', id: port.sent[0]?.id, ok: true, output: samplePlan() });
    expect(await second).toEqual({});
    expect((await first).verdict.sentence).toBe('Would load.');
    expect(client.pending()).toBe(0);
  });

  it('rejects with the failure that the engine gives', async () => {
    const { client, port } = connected();
    const call = client.call('load.start', { threads: 0 });
    const failure = { code: 'busy', message: 'A load is running.', hint: 'Wait.' };
    port.receive({ kind: 'reply', id: port.sent[0]?.id, ok: false, failure });
    await expect(call).rejects.toMatchObject({ failure });
  });

  it('rejects an answer that does not fit the contract', async () => {
    const { client, port } = connected();
    const call = client.call('plan.make', { parallel: samplePlan().parallel });
    port.receive({ kind: 'reply', id: port.sent[0]?.id, ok: true, output: { ...samplePlan(), rules: 'none' } });
    expect(await codeOf(call)).toBe('badRequest');
  });

  it('refuses replies to nothing, unknown events, malformed payloads and bare envelopes', () => {
    const { client, port, refused } = connected();
    const plans: unknown[] = [];
    client.on('plan.ready', (plan) => plans.push(plan));
    port.receive({ kind: 'reply', id: 99, ok: true, output: {} });
    port.receive({ kind: 'event', event: 'toString', payload: {} });
    port.receive({ kind: 'event', event: 'plan.ready', payload: { rules: [] } });
    port.receive({ nothing: true });
    expect(refused).toHaveLength(4);
    expect(plans).toEqual([]);
    port.receive({ kind: 'event', event: 'plan.ready', payload: samplePlan() });
    expect(plans).toHaveLength(1);
  });

  it('stops telling an unsubscribed listener', () => {
    const { client, port } = connected();
    let told = 0;
    const unsubscribe = client.on('checkpoint.opening', () => {
      told += 1;
    });
    const event = { kind: 'event', event: 'checkpoint.opening', payload: { folder: 'f', files: 2, filesRead: 1 } };
    port.receive(event);
    unsubscribe();
    port.receive(event);
    expect(told).toBe(1);
  });

  it('rejects everything that is open when the engine stops, and works again on a new port', async () => {
    const { client, port, status, deliver } = connected();
    const calls = [client.call('load.start', { threads: 0 }), client.call('session.state', {})];
    status({ status: 'stopped', failure: { code: 'internal', message: 'The engine died.', hint: 'Restart.' } });
    expect(await Promise.all(calls.map(codeOf))).toEqual(['engineStopped', 'engineStopped']);
    expect(client.pending()).toBe(0);
    expect(port.closed).toBe(true);

    let connections = 0;
    client.onConnected(() => {
      connections += 1;
    });
    const next = new FakePort();
    deliver(next);
    expect(connections).toBe(1);
    const call = client.call('load.cancel', {});
    next.receive({ kind: 'reply', id: next.sent[0]?.id, ok: true, output: {} });
    expect(await call).toEqual({});
  });
});

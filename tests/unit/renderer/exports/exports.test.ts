import { describe, expect, it } from 'vitest';
import type { Checkpoint, Plan } from '../../../../electron/common/contract.ts';
import { lanesOf } from '../../../../electron/common/readLanes.ts';
import { csvOf } from '../../../../renderer/exports/csv.ts';
import { escapeHtml, html } from '../../../../renderer/exports/html.ts';
import { lanesFile, namedLanes } from '../../../../renderer/exports/lanesSvg.ts';
import { loadJson, readsCsv } from '../../../../renderer/exports/loadReport.ts';
import { placementCellsCsv, placementJson } from '../../../../renderer/exports/placementTables.ts';
import { reportHtml } from '../../../../renderer/exports/reportHtml.ts';
import { rangesOf } from '../../../../renderer/exports/reportRuns.ts';
import { planJson, tensorsCsv, tensorsJson } from '../../../../renderer/exports/tables.ts';
import { createStores } from '../../../../renderer/stores/createStores.ts';
import { fakeClient, settle } from '../fakeClient.ts';
import {
  sampleCeiling,
  sampleCheckpoint,
  sampleLoad,
  samplePlacement,
  samplePlan,
  sampleReads,
  sampleRun,
} from '../samples.ts';

const hostile = `</style><script>alert('x')</script><img src=x onerror=alert(1)>"'&\u202Egnp.exe`;

function facts(checkpoint: Partial<Checkpoint> = {}, plan: Partial<Plan> = {}) {
  return {
    version: '1.0',
    writtenAt: new Date(Date.UTC(2026, 10, 5, 7, 8)),
    checkpoint: { ...sampleCheckpoint(), ...checkpoint },
    plan: { ...samplePlan(), ...plan },
    placement: null,
    load: null,
    decode: null,
  };
}

describe('html', () => {
  it('escapes everything but its own markup, and shows what turns text around', () => {
    expect(html`<b>${'<i>'}</b>${[html`<u>${"'"}</u>`]}${null}${3}`.text).toBe('<b>&lt;i&gt;</b><u>&#39;</u>3');
    expect(escapeHtml('a\u202Eb\u0000\nc\u{E0041}')).toBe('a[U+202E]b[U+0000]\nc[U+E0041]');
  });
});

describe('the report', () => {
  const text = reportHtml({
    ...facts(
      {
        name: hostile,
        card: [{ group: hostile, label: hostile, value: hostile }],
        files: [{ name: hostile, bytes: 1, tensors: 1 }],
        parts: [{ id: 'x', label: hostile, tensors: 1, bytes: 1 }],
        sources: [
          {
            label: hostile,
            config: hostile,
            index: hostile,
            headers: hostile,
            quantisation: null,
            disagrees: ['index'],
          },
        ],
      },
      {
        findings: [
          { code: hostile, severity: 'silent', sentence: hostile, evidence: [{ text: hostile }], hint: hostile },
        ],
        rules: [{ id: hostile, outcome: 'loaded', explain: hostile, source: hostile, tensors: 1, bytes: 1 }],
      },
    ),
    load: { load: sampleLoad({ status: 'done' }), ceiling: sampleCeiling, reads: [sampleReads()] },
    decode: { run: sampleRun({ prompt: hostile, text: hostile }), steps: [] },
  });

  it('has no script, no address to load from, and no markup from names', () => {
    const tags = new Set([...text.matchAll(/<([a-z0-9]+)/g)].map(([, tag]) => tag));
    for (const tag of ['script', 'img', 'iframe', 'link', 'object', 'a', 'foreignobject', 'use'])
      expect(tags).not.toContain(tag);
    expect([...text.matchAll(/<[a-z][^>]*\son[a-z]+=/g)]).toEqual([]);
    expect(text).not.toMatch(/https?:|url\(|@import/);
    expect(text).not.toContain('\u202E');
    expect(text.match(/<\/style>/g)).toHaveLength(1);
    expect(text).toContain("default-src 'none'");
  });

  it('says hostile names as they are', () => {
    const shown = escapeHtml(hostile);
    expect(text.split(shown).length - 1).toBeGreaterThanOrEqual(16);
    expect(text).toContain(`<h1>${shown}</h1>`);
  });

  it('has every section that there is something for, in both themes', () => {
    const sections = (one: string) => [...one.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);
    expect(sections(text)).toEqual(['findings', 'set-up', 'sources', 'model', 'rules', 'load', 'decode', 'files']);
    expect(sections(reportHtml(facts()))).not.toContain('load');
    expect(text).toContain('@media (prefers-color-scheme: dark)');
  });

  it('says when it was written, after which reference, and what was found in short', () => {
    const head = reportHtml(facts()).split('</header>')[0];
    expect(head).toContain('What reference would load, by Draftscope 1.0, 2026-11-05 07:08 UTC');
    expect(head).toContain('5 tensors, 500 B in 1 file; findings: 1 blocker, 0 silent, 0 warning, 2 note');
  });

  it('is printed dark on white whatever the theme', () => {
    expect(text).toMatch(/@media print \{ :root \{ --ground: #fff;[^}]*--text: #181b20;[^}]*color-scheme: light/);
  });

  it('puts the gravest findings first and counts the evidence that it leaves out', () => {
    const evidence = Array.from({ length: 45 }, (_, at) => ({ text: `line ${at}` }));
    const finding = (severity: 'note' | 'blocker') => ({
      code: severity,
      severity,
      sentence: severity,
      hint: '',
      evidence,
    });
    const one = reportHtml(facts({}, { findings: [finding('note'), finding('blocker')] }));
    expect(one.indexOf('finding blocker')).toBeLessThan(one.indexOf('finding note'));
    expect(one.match(/and 5 more/g)).toHaveLength(2);
  });

  it('writes ranges of experts in the order given', () => {
    expect(rangesOf([0, 1, 2, 8, 3])).toBe('0–2, 8, 3');
    expect(rangesOf([])).toBe('none');
  });
});

describe('tables', () => {
  it('quotes as RFC 4180 says and never starts a formula', () => {
    expect(csvOf(['a'], [['x,"y"\n'], ['=1+1'], ['@x'], [-2], [null]])).toBe(
      'a\r\n"x,""y""\n"\r\n\'=1+1\r\n\'@x\r\n-2\r\n\r\n',
    );
  });

  it('has a line for each row given, in that order', () => {
    const lines = tensorsCsv(sampleCheckpoint(), samplePlan(), Uint32Array.of(4, 2)).split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe('model.layers.40.enorm.weight,error,direct,,,,40,BF16,5x10,model.safetensors,100');
    expect(lines[2]).toMatch(/^model\.layers\.4\.mlp\.experts\.0\.up_proj\.weight,loaded,expert,,,0,4,/);
  });

  it('gives the plan as JSON without a path of this machine', () => {
    const text = planJson({ ...sampleCheckpoint(), folder: '/home/somebody/tiny' }, samplePlan(), '1.0');
    expect(JSON.parse(text)).toMatchObject({ application: 'Draftscope 1.0', verdict: { level: 'good' } });
    expect(JSON.parse(text).findings).toHaveLength(3);
    expect(text).not.toContain('/home/somebody');
  });
});

describe('what is on screen, for programs', () => {
  it('has the tensors with what they were filtered by, names as they are', () => {
    const checkpoint = sampleCheckpoint();
    const names = ['=cmd()', ...checkpoint.tensors.names.slice(1)];
    const named = { ...checkpoint, tensors: { ...checkpoint.tensors, names } };
    const saved = JSON.parse(tensorsJson(named, samplePlan(), Uint32Array.of(2, 0), { rule: 'expert' }, '1.0'));
    expect(saved).toMatchObject({ application: 'Draftscope 1.0', filter: { rule: 'expert' } });
    expect(saved.tensors.map(({ tensor, expert }: { tensor: string; expert: number }) => [tensor, expert])).toEqual([
      ['model.layers.4.mlp.experts.0.up_proj.weight', 0],
      ['=cmd()', null],
    ]);
    expect(tensorsCsv(named, samplePlan(), Uint32Array.of(0)).split('\r\n')[1]).toMatch(/^'=cmd\(\),/);
  });

  it('has every held expert, and what each rank never gets', () => {
    const placement = samplePlacement();
    expect(placementCellsCsv(placement).trimEnd().split('\r\n').slice(1)).toEqual([
      '0,0,0,expert,0,0,0',
      '0,1,1,expert,1,1,1',
      '1,0,2,copy,0,,0',
      '1,1,3,copy,1,,1',
    ]);
    const saved = JSON.parse(placementJson(sampleCheckpoint(), placement, '1.0'));
    expect(saved.policy).toMatchObject({ asked: 'roundRobin', inForce: 'linear' });
    expect(saved.ranks[1]).toMatchObject({
      physicalExperts: [2, 3],
      neverLoaded: { drafter: [2, 3], target: [] },
      bytes: { drafter: { total: 85, routedExperts: 50 } },
    });
  });
});

describe('the export store', () => {
  function opened() {
    const fake = fakeClient();
    const stores = createStores(fake.client, null);
    return { fake, stores };
  }

  it('saves nothing before a checkpoint is open', async () => {
    const { fake, stores } = opened();
    await stores.exports.report();
    expect(fake.saved).toEqual([]);
  });

  it('saves the rows that Mapping shows', async () => {
    const { fake, stores } = opened();
    fake.emit('checkpoint.opened', sampleCheckpoint());
    fake.emit('plan.ready', samplePlan());
    stores.mapping.narrow({ search: 'experts' });
    await stores.exports.tensors();
    expect(fake.saved).toMatchObject([{ kind: 'csv', about: 'tiny-tensors' }]);
    expect(fake.saved[0]?.text.split('\r\n')).toHaveLength(4);
    expect(stores.exports.getState().saved).toBe('tiny-tensors.csv');
  });

  it('reports without placement when the ranks cannot be placed', async () => {
    const { fake, stores } = opened();
    fake.emit('checkpoint.opened', sampleCheckpoint());
    fake.emit('plan.ready', samplePlan());
    const saving = stores.exports.report();
    await settle();
    fake.last('placement.make').reject(new Error('no'));
    await saving;
    expect(fake.saved).toMatchObject([{ kind: 'html', about: 'tiny-report' }]);
    expect(fake.saved[0]?.text).not.toContain('id="placement"');
  });
});

describe('a load', () => {
  const checkpoint = { ...sampleCheckpoint(), files: [{ name: hostile, bytes: 500, tensors: 5 }] };
  const load = { ...sampleLoad({ status: 'done' }), bytesRead: 300, micros: 150, pausedMicros: 50 };
  const facts = { load, ceiling: sampleCeiling, reads: [sampleReads()] };

  it('is saved with its rate without pauses, plain reads beside it, and sums by file and reader', () => {
    const saved = JSON.parse(loadJson(checkpoint, facts, '1.0'));
    expect(saved).toMatchObject({
      status: 'done',
      bytesPerSecond: 3e6,
      plainReads: { readers: 2, bytesPerSecond: 4e6 },
    });
    expect(saved.files).toEqual([
      { name: hostile, bytes: 300, reads: 3, threads: 2, firstMicros: 0, lastMicros: 90, busyMicros: 120 },
    ]);
    expect(saved.readers.map(({ thread, bytes }: { thread: number; bytes: number }) => [thread, bytes])).toEqual([
      [0, 200],
      [1, 100],
    ]);
  });

  it('has a line a read', () => {
    const lines = readsCsv({ ...checkpoint, files: [{ name: 'a.safetensors', bytes: 500, tensors: 5 }] }, facts.reads)
      .trimEnd()
      .split('\r\n');
    expect(lines).toEqual([
      'file,thread,begin micros,end micros,bytes',
      'a.safetensors,0,0,40,100',
      'a.safetensors,1,10,50,100',
      'a.safetensors,0,50,90,100',
    ]);
  });

  it('is drawn with names as text, and what one pixel hides is drawn once', () => {
    const many = { ...sampleReads(), ...columns(1000) };
    const drawn = lanesFile(hostile, namedLanes(checkpoint, lanesOf([many], 'file'), 'file'));
    expect(drawn).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(drawn).not.toMatch(/<script|<img|onerror=[^&]*>/);
    expect(drawn.match(/<rect/g)?.length).toBeLessThan(700);
    const few = lanesFile('few', namedLanes(checkpoint, lanesOf([sampleReads()], 'file'), 'file'));
    // Paper, the lane's ground, and of three reads two overlap in part only.
    expect(few.match(/<rect/g)).toHaveLength(5);
  });
});

/** So many reads one after the other, far closer than a drawing can show. */
function columns(count: number) {
  const at = (offset: number) => Float64Array.from({ length: count }, (_, index) => (index + offset) / 10);
  return {
    file: new Int32Array(count),
    thread: new Int32Array(count),
    beginMicros: Float64Array.from([...at(0).subarray(0, count - 1), 10_000]),
    endMicros: Float64Array.from([...at(1).subarray(0, count - 1), 10_001]),
    bytes: new Float64Array(count).fill(1),
  };
}

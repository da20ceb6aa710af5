import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLink, parseLink } from '../../../electron/common/link.ts';
import { type Location, locationViews, targetKinds } from '../../../electron/common/location.ts';

describe('a link', () => {
  it('says the place in words', () => {
    const link = formatLink({
      view: 'mapping',
      checkpoint: 'V3',
      target: { kind: 'tensor', name: 'model.layers.61.mlp.experts.137.up_proj.weight' },
      parallel: { tensorParallelSize: 8, enableExpertParallel: true, rank: 5, dataParallelSize: 1 },
      filter: { search: 'w3 & more' },
    });
    expect(link).toBe(
      'draftscope://mapping?select=tensor%3Amodel.layers.61.mlp.experts.137.up_proj.weight&tensor-parallel-size=8&enable-expert-parallel=1&rank=5&filter.search=w3%20%26%20more&checkpoint=V3',
    );
  });

  it('comes back as the place it was made of, whatever the names are', () => {
    const name = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
    const place: fc.Arbitrary<Location> = fc.record({
      view: fc.constantFrom(...locationViews),
      target: fc.record({ kind: fc.constantFrom(...targetKinds), name }),
      filter: fc.record({ search: name }),
      parallel: fc.record({ tensorParallelSize: fc.integer({ min: 2, max: 1024 }), useMla: fc.constant(false) }),
    });
    fc.assert(
      fc.property(place, (location) => {
        expect(parseLink(formatLink(location))).toEqual({ ok: true, location });
      }),
    );
  });

  it('may begin with #', () => {
    expect(parseLink(' #load ')).toEqual({ ok: true, location: { view: 'load' } });
  });

  it.each([
    ['https://example.org', /does not begin/],
    ['draftscope://settings', /Its view/],
    ['draftscope://mapping?select=tensor:', /Its target\.name/],
    ['draftscope://mapping?select=folder:x', /Its target\.kind/],
    ['draftscope://mapping?open=%2Fetc', /"open" means nothing/],
    ['draftscope://mapping?rank', /no name and value/],
    ['draftscope://mapping?tensor=%E0%A4%A', /no name and value/],
    ['draftscope://mapping?rank=-1', /rank is not valid/],
    ['draftscope://mapping?tensor-parallel-size=99999', /tensor-parallel-size is not valid/],
    ['draftscope://mapping?enable-expert-parallel=yes', /enable-expert-parallel is not valid/],
    [`#mapping?tensor=${'x'.repeat(50_000)}`, /longer than/],
  ])('is refused when it is %s', (text, why) => {
    const parsed = parseLink(text);
    expect(parsed.ok ? '' : parsed.failure.message).toMatch(why);
  });
});

/**
 * What the four sources of a checkpoint say about the same things: config.json, the index, the headers of the files, and
 * the list of modules that the quantisation leaves alone. Each speaks for itself; where two differ, the row says which.
 */
import type { Checkpoint as CheckpointView } from '../../../common/contract.ts';
import type { Checkpoint } from '../../checkpoint/openCheckpoint.ts';
import { promisedLayers } from '../../loading/findings/nameCensus.ts';
import { ignoredModules } from './ignoredModules.ts';
import { type NameFacts, nameFactsOf } from './nameFacts.ts';
import { storedTypes } from './storedTypes.ts';

type SourceFact = CheckpointView['sources'][number];
type SourceName = SourceFact['disagrees'][number];

/** `key` is compared, `text` shown; a key of null says something that cannot be compared. */
interface Said {
  readonly text: string;
  readonly key: string | number | null;
}
type Statements = Partial<Record<SourceName, Said | null>>;

const order: readonly SourceName[] = ['config', 'index', 'headers', 'quantisation'];

export function sourceFactsOf(checkpoint: Checkpoint): SourceFact[] {
  const { config, index, tensors, files, outsideIndex, problems } = checkpoint;
  const wasRead = files.length > 0;
  const inHeaders = wasRead ? nameFactsOf(tensors.map(({ name }) => name)) : null;
  const inIndex = index === null ? null : index.names === null ? inHeaders : nameFactsOf(index.names);
  const both = (read: (facts: NameFacts) => Said | null): Statements => ({
    index: inIndex === null ? null : read(inIndex),
    headers: inHeaders === null ? null : read(inHeaders),
  });
  const bytes = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const ignored = ignoredModules(checkpoint);
  const types = wasRead ? storedTypes(checkpoint) : null;
  const promised = (config.numNextnPredictLayers ?? 0) > mostPromised ? null : promisedLayers(config).map(String);
  /** A faulty key says nothing. */
  const stated = (key: string, value: number) =>
    config.faults?.some(({ message }) => message.includes(`"${key}"`)) ? null : number(value);
  return [
    fact('Main layers', {
      config: stated('num_hidden_layers', config.numHiddenLayers),
      ...both(({ mainLayers }) => (mainLayers.length === 0 ? null : number(mainLayers.length))),
    }),
    fact('MTP layers', {
      config: promised === null ? number(config.numNextnPredictLayers ?? 0) : layersSaid(promised),
      ...both(({ mainLayers, mtpLayers }) =>
        mainLayers.length + mtpLayers.length === 0 ? null : layersSaid(mtpLayers),
      ),
      quantisation:
        ignored === null || ignored.mtpLayers.length === 0
          ? null
          : {
              text: `names ${ignored.mtpLayers.join(', ')}`,
              key: ignored.mtpLayers.every((layer) => promised?.includes(layer)) ? (promised?.join() ?? null) : 'other',
            },
    }),
    fact('Dense layers', {
      config: denseLayers(checkpoint),
      ...both(({ denseLayers: dense, experts }) => (experts === null ? null : number(dense))),
    }),
    fact('Routed experts', {
      config: stated('n_routed_experts', config.nRoutedExperts ?? 0),
      ...both(({ experts, mainLayers }) => {
        if (experts === null) return mainLayers.length === 0 ? null : number(0);
        const { fewest, most } = experts;
        return fewest === most ? number(most) : { text: `${fewest} to ${most}`, key: `${fewest} to ${most}` };
      }),
    }),
    fact('Output head', {
      config: { text: config.tieWordEmbeddings ? 'tied' : 'own', key: config.tieWordEmbeddings ? null : 1 },
      ...both(({ hasHead }) => number(hasHead ? 1 : 0, hasHead ? 'own' : 'absent')),
    }),
    fact('Hidden size', {
      config: stated('hidden_size', config.hiddenSize),
      headers: sizeOf(checkpoint, 'model.norm.weight', 0),
    }),
    fact('Vocabulary', {
      config: stated('vocab_size', config.vocabSize),
      headers: sizeOf(checkpoint, 'model.embed_tokens.weight', 0),
    }),
    fact('Stored as', {
      config: types === null ? null : { text: types.declared, key: 'declared' },
      headers: types === null ? null : { text: types.found, key: types.fits ? 'declared' : 'other' },
    }),
    fact('Block scales', {
      config:
        config.quantization.method === 'fp8Block' && types !== null
          ? { text: `one for each of ${grouped(types.fp8Weights)}`, key: types.fp8Weights }
          : null,
      ...both(({ blockScales }) =>
        config.quantization.method === 'fp8Block' || blockScales > 0 ? number(blockScales) : null,
      ),
    }),
    fact('Unquantised modules', {
      quantisation: ignored === null ? null : { text: `${grouped(ignored.entries)} in ${ignored.key}`, key: 0 },
      headers:
        ignored === null || !wasRead
          ? null
          : ignored.unmatched === null
            ? { text: 'too many to compare', key: null }
            : {
                text: ignored.unmatched === 0 ? 'all found' : `${grouped(ignored.unmatched)} match no module`,
                key: ignored.unmatched,
              },
    }),
    fact(
      'Tensors',
      both(({ tensors: count }) => number(count)),
    ),
    fact('Bytes of tensors', {
      index: index?.totalSize == null ? null : number(index.totalSize),
      // With a file missing or cut short the sum is what is left of them.
      headers: wasRead ? { text: grouped(bytes), key: problems.length > 0 ? null : bytes } : null,
    }),
    fact('Files', {
      index: index === null ? null : number(index.files),
      headers: number(files.length + outsideIndex.files.length),
    }),
  ].filter(({ disagrees, ...row }) => disagrees.length > 0 || order.some((source) => row[source] !== null));
}

function fact(label: string, statements: Statements): SourceFact {
  const spoken = order.flatMap((source) => {
    const said = statements[source];
    return said == null || said.key === null ? [] : [{ source, key: said.key }];
  });
  // The first source that speaks is the one that the others are held against.
  const disagrees = spoken.filter(({ key }) => key !== spoken[0]?.key).map(({ source }) => source);
  const text = (source: SourceName) => statements[source]?.text ?? null;
  return {
    label,
    config: text('config'),
    index: text('index'),
    headers: text('headers'),
    quantisation: text('quantisation'),
    disagrees,
  };
}

const grouped = (value: number) => value.toLocaleString('en-US');

function number(value: number, text: string = grouped(value)): Said {
  return { text, key: value };
}

const mostNamed = 4;
/** No model has more layers; a damaged config may say so. */
const mostPromised = 1000;
const mostCounted = 10_000;

function layersSaid(layers: readonly string[]): Said {
  const named = layers.slice(0, mostNamed).join(', ');
  const more = layers.length > mostNamed ? ', …' : '';
  return { text: layers.length === 0 ? '0' : `${layers.length} (${named}${more})`, key: layers.join() };
}

function denseLayers({ config }: Checkpoint): Said | null {
  const { numHiddenLayers, nRoutedExperts, firstKDenseReplace, moeLayerFreq } = config;
  if (nRoutedExperts === null || numHiddenLayers > mostCounted) return null;
  let dense = 0;
  for (let layer = 0; layer < numHiddenLayers; layer++)
    if (layer < firstKDenseReplace || layer % Math.max(1, moeLayerFreq) !== 0) dense++;
  return number(dense);
}

function sizeOf({ tensors }: Checkpoint, name: string, dimension: number): Said | null {
  const tensor = tensors.find((one) => one.name === name && one.file >= 0);
  const size = tensor?.shape[dimension];
  return size === undefined ? null : number(size);
}

/** What --help prints. */
export const usage = `Usage: draftscope <command> <checkpoint> [options]

  check      the verdict and the findings; for scripts
  plan       what the reference loader would do with every tensor; plan --tensors CASE.json takes names, shapes,
             dtypes and a config from one file instead of a folder
  explain    the rules that one tensor meets: draftscope explain <checkpoint> <tensor>
  load       read the weights of one rank into memory
  generate   decode a prompt speculatively
  headers    names, shapes and config into one file that check, plan, explain and the window open: --out FILE
  forward    one pass over ids; hidden states, logits and routing of the target and every MTP layer into a file

Set-up (all commands)
  --tensor-parallel-size N, -tp    tensor-parallel ranks (1)
  --data-parallel-size N, -dp      data-parallel ranks (1)
  --enable-expert-parallel, -ep    spread whole experts over the ranks instead of cutting each
  --expert-placement-strategy S    linear | round_robin (linear)
  --rank R                         the rank to look at: data-parallel rank x tensor-parallel size + tensor-parallel rank (0)
  --all-ranks                      explain: what every rank of the set-up does with the tensor
  --all2all-backend NAME           how experts are reached across data-parallel ranks (allgather_reducescatter)
  --enable-eplb                    redundant experts are balanced over the ranks
  --num-redundant-experts N        copies of experts beside the originals (0)
  --fused-shared-experts           shared experts are loaded as further routed experts (ROCm, AITER)
  --no-mla                         plain attention instead of latent attention
  --speculative-config JSON        the engine's own; num_speculative_tokens is taken from it, method must be MTP
  --json                           the result as JSON

check
  --read-all                       read every byte of every tensor; without it values are sampled, 64 MiB in all

load
  --statistics                     count NaN, Inf, zeros, range, means and exponents of every parameter while it is read

check, plan, load, generate, forward
  --share-embed-head               MTP layers use the target's embedding and head, as the reference has them do once it has
                                   loaded; their own are neither read nor counted. Changes drafts only where they differ

load, generate, forward
  --threads N                      threads; 0 = one per core (0)
  --device D                       auto | cpu | cuda:N; auto = the first CUDA device, else the CPU (cpu)

generate
  --prompt TEXT                    the text to go on from
  --prompt-ids 1,2,3               token ids instead of text
  --max-tokens N                   new tokens at most (48)
  --num-speculative-tokens K       drafts a step; 0 = plain decoding (number of MTP layers)
  --predictor P                    modules | reference-engine (modules)
  --alt VARIANT                    feeds the MTP layers as other engines do, may be repeated: mask_pos0 | chain_postnorm |
                                   main_prenorm (see forward); at temperature 0 the text stays the same
  --temperature T                  0 = greedy (0)
  --top-k N                        only the N best tokens; 0 = all (0)
  --top-p P                        only the most probable tokens that make up this share; 1 = all (1)
  --seed N                         same seed, same run; chosen at random and told without it

headers
  --out FILE                       where to, not in the checkpoint's own folder; the other commands take it as checkpoint

forward
  Refuses a checkpoint with a blocker, but for what stops the reference alone while the files hold every weight: absent
  copies of embedding and head, a tied head, sizes that fused fp8 parameters can't hold, absent expert or group counts.
  That is told first, then computed. Files beside model.safetensors that hold no weights are left out, and named.
  --ids 1,2,3                      token ids
  --positions 0,1,2                rotary position of each id (0, 1, 2, ...)
  --out FILE.safetensors           where to, not in the checkpoint's own folder
  --alt VARIANT                    also logits of a variant, may be repeated: mask_pos0 (embedding zeroed at position 0) |
                                   chain_postnorm (modules fed after shared_head.norm) | main_prenorm (before model.norm)

Exit codes: 0 done, 2 something is wrong with the input (one sentence and a hint on stderr), 1 a fault of Draftscope, 130 interrupted;
of check: 0 nothing of severity blocker or silent was found, 1 something was, 2 the checkpoint can't be read.
`;

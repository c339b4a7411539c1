import type { FunctionImage } from './function-image.js';
import type { Container } from './pod.js';

/** What an image stands for: a local command (argv), or a function of this process. */
export type Image = readonly string[] | FunctionImage;

/** Images by name. They are looked up whenever a container starts. */
export type Images = Readonly<Record<string, Image>>;

/** What a container runs: the argv or the function, or why there is none. */
type ImageCommand =
  | { readonly argv: readonly string[]; readonly run?: FunctionImage }
  | { readonly missing: string };

/**
 * Maps a container to a local command as a container runtime would: `command` replaces the image's own command,
 * `args` follow it. An image that maps to nothing is fine as long as the container says its `command`.
 */
export function imageCommand(
  container: Pick<Container, 'image' | 'command' | 'args'>,
  images: Images,
): ImageCommand {
  const args = container.args ?? [];
  if (container.command && container.command.length > 0) return { argv: [...container.command, ...args] };
  const image = container.image ?? '';
  const known = candidates(image)
    .map((name) => (Object.hasOwn(images, name) ? images[name] : undefined))
    .find((argv) => argv !== undefined && argv.length > 0);
  if (typeof known === 'function') return { argv: args, run: known };
  if (known) return { argv: [...known, ...args] };
  return {
    missing: `image "${image}" maps to no local command: start the sandbox with --image ${image}=COMMAND, or give the container a command`,
  };
}

/** The name as written, then without the default registry, then without tag and digest. */
function candidates(image: string): string[] {
  const short = image.replace(/^docker\.io\/(library\/)?/, '');
  const bare = (name: string): string => name.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return [...new Set([image, short, bare(image), bare(short)])];
}

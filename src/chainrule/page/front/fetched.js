// Where the page is a folder on a host, its script begins with this: what it holds is fetched, and then the rest of the script runs.
try {
  const { href } = document.getElementById("carried"), answer = await fetch(href);
  if (!answer.ok) throw new Error(`${href}: ${answer.status}`);
  globalThis.carried = await answer.json();
  const { more } = globalThis.carried.data; // the examples to learn from, which wait until they are asked for
  if (more) {
    more.examples = async (signal) => {
      const block = await fetch(more.address, { signal });
      if (!block.ok) throw new Error(`${block.status}`);
      return new Response(block.body.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
    };
  }
} catch (error) {
  document.getElementById(location.protocol === "file:" ? "alone" : "old").hidden = false;
  throw error;
}

// What this page holds is packed: scripts, styles, words, examples and the network, as JSON, deflated, in base64. Its sources are
// chainrule's folder page/front. This unpacks it, and begins with its script.
(async () => {
  try {
    const text = atob(document.getElementById("packed").textContent), packed = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i); // by hand, since from() takes ten times as long
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    globalThis.carried = JSON.parse(await new Response(stream).text());
    const { more } = globalThis.carried.data; // the examples to learn from, which the Worker unpacks once they are asked for
    if (more) more.examples = async () => document.getElementById("learned").textContent;
    globalThis.carried.worker = URL.createObjectURL(new Blob([globalThis.carried.worker], { type: "text/javascript" }));
    const style = document.createElement("style");
    style.textContent = globalThis.carried.style;
    const script = document.createElement("script");
    script.textContent = globalThis.carried.main;
    document.head.append(style, script);
  } catch {
    document.getElementById("old").hidden = false;
  }
})();

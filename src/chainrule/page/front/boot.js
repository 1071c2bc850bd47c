// What this page holds is packed: scripts, words, examples and the network, as JSON, deflated, in base64. Its sources are
// chainrule's folder page/front. This unpacks it, and begins with its script.
(async () => {
  try {
    const packed = Uint8Array.from(atob(document.getElementById("packed").textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    globalThis.carried = JSON.parse(await new Response(stream).text());
    const script = document.createElement("script");
    script.textContent = globalThis.carried.main;
    document.head.append(script);
  } catch {
    document.getElementById("old").hidden = false;
  }
})();

// What the site does besides showing text: contents open on wide screens, code is copied, the other language keeps the place.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const contents = document.querySelector("nav details");
  const wide = matchMedia("(min-width: 60.01rem)");
  const settle = () => { contents.open = wide.matches; };
  settle();
  wide.addEventListener("change", settle);

  const zh = document.documentElement.lang.startsWith("zh");
  for (const block of document.querySelectorAll("main div[class*=highlight-]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = zh ? "复制" : "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("pre").textContent);
      button.textContent = zh ? "已复制" : "Copied";
    });
    block.append(button);
  }

  for (const wide of document.querySelectorAll("main :is(pre, table)")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0; // so that the keyboard can scroll it
  }

  const language = document.querySelector("header .language");
  language.addEventListener("click", () => { language.href = language.href.split(/[?#]/)[0] + location.search + location.hash; });
});

"use strict";
/* Builds the page's elements. Names, messages and other texts of strangers only become text nodes, plain attributes such
   as aria-label, and encoded parts of a link's fragment. The policy in index.html refuses every other way. */

const crreg = {};

(() => {
  const DRAWING = "http://www.w3.org/2000/svg";

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== undefined && child !== null));
    return element;
  }

  /* An element; a function as an attribute becomes a listener, and a text as a child becomes a text node. */
  function el(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  function svg(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(DRAWING, tag), attributes, children);
  }

  /* The address of a view: its path, and the parameters that are not empty. */
  function address(path, parameters = {}) {
    const all = { org: crreg.organizations.length > 1 ? crreg.model.organization : "", ...parameters };
    const query = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== "" && value !== undefined));
    const fragment = `#/${path.map(encodeURIComponent).join("/")}`;
    return query.size ? `${fragment}?${query}` : fragment;
  }

  function link(path, parameters, ...children) {
    return el("a", { href: address(path, parameters) }, ...children);
  }

  /* A link to another site; only text if its address is not one of the web. */
  function external(url, text) {
    let scheme = "";
    try {
      scheme = new URL(url).protocol;
    } catch {
      return el("span", {}, `${text} (${url})`);
    }
    if (scheme !== "https:" && scheme !== "http:") return el("span", {}, `${text} (${url})`);
    return el("a", { href: url, rel: "noopener noreferrer" }, text);
  }

  /* A message, whose parts between backticks are literal. */
  function prose(message) {
    const pieces = message.split("`");
    if (pieces.length % 2 === 0) return [message];
    return pieces.map((piece, position) => (position % 2 ? el("code", {}, piece) : piece)).filter((piece) => piece !== "");
  }

  function plural(count, one, many = `${one}s`) {
    return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  }

  function repositoriesCounted(count) {
    return plural(count, "repository", "repositories");
  }

  function moment(text) {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) return el("span", {}, text);
    return el("time", { datetime: at.toISOString() }, at.toISOString().slice(0, 16).replace("T", " "));
  }

  /* Whole days from now until then; negative if it has passed. */
  function daysUntil(text) {
    return Math.floor((new Date(text).getTime() - Date.now()) / 86_400_000);
  }

  function copyButton(text) {
    const button = el("button", { type: "button", class: "copy", click: copy }, "Copy");
    async function copy() {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(button.previousElementSibling);
        button.textContent = "Selected";
      }
    }
    return button;
  }

  Object.assign(crreg, { el, svg, address, link, external, prose, plural, repositoriesCounted, moment, daysUntil, copyButton });
})();

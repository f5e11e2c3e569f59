// Sends the form without leaving the page, so that a broken connection costs nothing that was typed or chosen.
"use strict";
(function () {
  function tell(form, message) {
    var box = form.querySelector("#summary"), title = document.createElement("h2"), line = document.createElement("p");
    title.textContent = form.dataset.summary;
    line.textContent = message;
    box.replaceChildren(title, line);
    box.hidden = false;
    box.tabIndex = -1;
    box.focus();
  }

  function wrongFiles(form) {
    var files = form.querySelector("#files").files, kept = form.querySelectorAll("[name=keep]:checked").length;
    if (files.length + kept > Number(form.dataset.most)) return form.dataset.many;
    for (var i = 0; i < files.length; i++)
      if (files[i].size > Number(form.dataset.bytes)) return form.dataset.big.replace("%", files[i].name);
    return "";
  }

  function show(form, text) {
    var page = new DOMParser().parseFromString(text, "text/html"), fresh = page.querySelector("main");
    if (!fresh || fresh.dataset.page === "plain") {
      var message = fresh && fresh.querySelector("[data-message]");
      return tell(form, message ? message.textContent : form.dataset.offline);
    }
    document.title = page.title;
    var focus = fresh.querySelector("[autofocus]") || fresh.querySelector("#summary");
    // In an iframe a browser refuses autofocus, and allows what follows a tap.
    if (focus) focus.removeAttribute("autofocus");
    document.querySelector("header").replaceWith(page.querySelector("header"));
    document.querySelector("main").replaceWith(fresh);
    if (focus) { focus.focus({ preventScroll: true }); focus.scrollIntoView({ block: "center" }); }
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, button = form.querySelector("button"), words = button.textContent;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    var wrong = wrongFiles(form);
    if (wrong) return tell(form, wrong);
    var bar = document.createElement("progress"), call = new XMLHttpRequest();
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.sending;
    if (form.querySelector("#files").files.length) { bar.setAttribute("aria-label", form.dataset.sending); button.after(bar); }
    call.upload.onprogress = function (sent) { if (sent.lengthComputable) bar.value = sent.loaded / sent.total; };
    call.onloadend = function () {
      bar.remove();
      button.removeAttribute("aria-disabled");
      button.textContent = words;
      if (call.status) show(form, call.responseText); else tell(form, form.dataset.offline);
    };
    call.open("POST", form.action);
    call.send(new FormData(form));
  });
})();

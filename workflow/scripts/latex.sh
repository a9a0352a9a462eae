#!/bin/sh
# latex.sh check     is there a LaTeX that can make the report? (exit status 0: yes)
# latex.sh install   if there is none, and this is Debian and we are root, install it
# latex.sh remind    if there is none, name the packages
set -eu
packages="latexmk texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended lmodern cm-super-minimal"

check() {
    command -v latexmk >/dev/null && command -v pdflatex >/dev/null &&
        kpsewhich booktabs.sty etoolbox.sty lmodern.sty microtype.sty natbib.sty >/dev/null
}

install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
    echo "Installing LaTeX (Debian packages, takes minutes)"
    export DEBIAN_FRONTEND=noninteractive
    # Without LaTeX the study lacks its PDFs and nothing else, so a failure here does not end it.
    { apt-get -qq update && apt-get -qq install --no-install-recommends $packages; } >/dev/null ||
        echo "LaTeX could not be installed; going on without it" >&2
}

remind() {
    echo "No PDF was made, as LaTeX is missing: latexmk and pdflatex, on Debian the packages $packages"
}

case "${1:-}" in
check) check ;;
install | remind) check || "$1" ;;
*) sed -n 2,4p "$0" >&2; exit 2 ;;
esac

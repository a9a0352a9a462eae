#!/bin/sh
# latex.sh check     is there a LaTeX that can make the report? (exit status 0: yes)
# latex.sh install   if there is none, and this is Debian and we are root, install it
# latex.sh remind    if there is none, name the packages
# latex.sh make NAME make paper/NAME.pdf
set -eu
packages="latexmk texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended lmodern cm-super-minimal"

# The date, and the user's variables and tree of TeX files, have no part in the file.
plain() {
    env -i PATH="$PATH" HOME=/nonexistent SOURCE_DATE_EPOCH=0 FORCE_SOURCE_DATE=1 "$@"
}

check() {
    command -v latexmk >/dev/null && command -v pdflatex >/dev/null &&
        plain kpsewhich booktabs.sty etoolbox.sty lmodern.sty microtype.sty natbib.sty >/dev/null
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

# The user's own settings of latexmk have no part in it, either (-norc).
run() {
    plain latexmk -norc -pdf -halt-on-error -interaction=nonstopmode "$1.tex"
}

# What a killed run has left half-written makes every later one fail: so once more, without it.
make() {
    cd paper
    run "$1" || { plain latexmk -norc -C "$1.tex" && rm -f "$1.bbl" && run "$1"; }
    if grep "LaTeX Warning: There were undefined" "$1.log"; then
        echo "paper/$1.tex refers to what it has not (above: undefined), and would print ??" >&2
        rm "$1.pdf"
        return 1
    fi
}

case "${1:-}" in
check) check ;;
make) make "$2" ;;
install | remind) check || "$1" ;;
*) sed -n 2,5p "$0" >&2; exit 2 ;;
esac

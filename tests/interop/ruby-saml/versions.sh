#!/bin/sh
# versions.sh: what is installed, name=version
set -eu
dpkg-query -f '${Package}=${Version}\n' -W ruby-saml ruby-nokogiri ruby-webrick
ruby -e 'require "nokogiri"; require "rexml/document"; puts "libxml2=#{Nokogiri::VERSION_INFO["libxml"]["loaded"]}", "REXML=#{REXML::VERSION}", "Ruby=#{RUBY_VERSION}"'

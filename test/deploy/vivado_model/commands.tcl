# A model of Vivado's Tcl, for tests: the commands that the scripts use, with their arguments as UG835 has them, and what they leave behind.
# It refuses what Vivado refuses or would skip in silence. Everything wrong is an error that ends the script under test.

namespace eval model {
  variable table {}
  variable log {}
  variable release 2023.1
  variable faults {}
  variable state
  array set state {project {} part {} open {} top {} bd {} saved 0 valid 0 wrapper 0 reports {}}
}

proc model::fail {text} {
  return -code error "vivado: $text"
}
proc model::has_fault {name} {
  variable faults
  return [expr {[lsearch -exact $faults $name] >= 0}]
}

# A row: options with a value, flags, least and most positional arguments. An option may be {-name since}: the release that brought it.
# The body sees the options as the array `opt`, flags with value 1, and the positional arguments as `words`.
proc model::command {name options flags least most body {since 2018.1} {until 9999.9}} {
  variable table
  dict set table $name [list $options $flags $least $most $since $until]
  proc ::model::do_[string map {:: _} $name] {optlist words} "array set opt \$optlist\n$body"
  if {[string match *::* $name]} {
    namespace eval ::[namespace qualifiers $name] {}
  }
  proc ::$name args "return \[uplevel 1 \[list ::model::run $name \$args\]\]"
}

# Full name of an option by its unique beginning; {} if there is none.
proc model::option_name {word candidates} {
  set found {}
  foreach candidate $candidates {
    if {[lindex $candidate 0] eq $word} {
      return $candidate
    }
    if {[string first $word [lindex $candidate 0]] == 0} {
      lappend found $candidate
    }
  }
  return [expr {[llength $found] == 1 ? [lindex $found 0] : {}}]
}

proc model::run {name arguments} {
  variable table
  variable log
  variable release
  foreach {options flags least most since until} [dict get $table $name] {}
  if {[package vcompare $release $since] < 0 || [package vcompare $release $until] > 0} {
    fail "$name: not in $release"
  }
  set given {}
  set words {}
  set count [llength $arguments]
  for {set index 0} {$index < $count} {incr index} {
    set word [lindex $arguments $index]
    if {![regexp {^-[a-z]} $word]} {
      lappend words $word
      continue
    }
    set flag [option_name $word [concat $flags -quiet -verbose]]
    set option [option_name $word $options]
    if {$flag ne {} && ($option eq {} || $flag eq $word)} {
      dict set given [string range $flag 1 end] 1
    } elseif {$option ne {}} {
      if {[llength $option] > 1 && [package vcompare $release [lindex $option 1]] < 0} {
        fail "$name: option $word is not in $release"
      }
      if {[incr index] >= $count} {
        fail "$name: $word needs a value"
      }
      dict set given [string range [lindex $option 0] 1 end] [lindex $arguments $index]
    } else {
      fail "$name: unknown option '$word'"
    }
  }
  if {[llength $words] < $least || [llength $words] > $most} {
    fail "$name: [llength $words] arguments, $least to $most expected"
  }
  lappend log [concat $name $arguments]
  return [do_[string map {:: _} $name] $given $words]
}

# What a script must not do in a test, and what would be a misspelled command.
proc unknown {name args} {
  error "vivado: no command '$name'"
}
proc exec args {
  error "vivado: exec is not allowed here"
}

proc model::need_project {} {
  variable state
  if {$state(project) eq {}} {
    fail "no project is open"
  }
}
proc model::need_file {path} {
  if {![file isfile $path]} {
    fail "no file '$path'"
  }
}

# Commands of projects, files and runs.
namespace eval model {
  command version {} {-short} 0 0 { variable release; return $release }
  command get_parts {} {} 0 1 {
    return [expr {[model::has_fault no_part] || ![regexp {^x[aqc]7z\d{3}i?(fb[gv]676|ff[gv](676|900))-[123]L?$} [lindex $words 0]] ? {} : $words}]
  }
  command get_board_parts {} {} 0 1 { variable boards; return [lsearch -all -inline $boards [lindex $words 0]] }
  command create_project {-part} {-force -in_memory} 1 2 {
    variable state
    if {![info exists opt(part)] || [get_parts $opt(part)] eq {}} { fail "create_project: no part '[expr {[info exists opt(part)] ? $opt(part) : {}}]'" }
    array set state [list project [lindex $words 0] folder [lindex $words 1] part $opt(part) repos {} catalog 0]
    file mkdir [lindex $words 1]
    return project
  }
  command current_project {} {} 0 0 { need_project; return project }
  command current_fileset {} {} 0 0 { need_project; return fileset:sources_1 }
  command update_ip_catalog {} {-rebuild} 0 0 {
    variable state
    need_project
    foreach repo $state(repos) { need_file [file join $repo component.xml] }
    set state(catalog) 1
  }
  command add_files {-fileset} {-norecurse -scan_for_includes} 1 1 {
    variable state
    need_project
    foreach path [lindex $words 0] {
      need_file $path
      lappend state([expr {[info exists opt(fileset)] ? $opt(fileset) : {sources_1}}]) $path
    }
  }
  command get_files {} {} 1 1 {
    variable state
    need_project
    return [expr {$state(bd) ne {} && $state(saved) && [lindex $words 0] eq "$state(bd).bd" ? "file:$state(bd).bd" : {}}]
  }
  command make_wrapper {-files} {-top -import -force} 0 0 {
    variable state
    if {![info exists opt(files)] || $opt(files) ne "file:$state(bd).bd"} { fail "make_wrapper: no block design given" }
    if {![info exists opt(top)] || ![info exists opt(import)]} { fail "make_wrapper: -top and -import are needed, or the wrapper is not in the project" }
    set state(wrapper) 1
  }
  command update_compile_order {-fileset} {} 0 0 { need_project }
  command get_runs {} {} 1 1 {
    set name [lindex $words 0]
    if {[lsearch -exact {synth_1 impl_1} $name] < 0} { fail "no run '$name'" }
    return run:$name
  }
  command launch_runs {-jobs -to_step} {} 1 1 { launch [lindex $words 0] [expr {[info exists opt(to_step)] ? $opt(to_step) : {}}] }
  command wait_on_run {-timeout} {} 1 1 {
    variable state
    if {![info exists state(launched,[lindex $words 0])]} { fail "run [lindex $words 0] was not launched" }
    set state(done,[lindex $words 0]) 1
  }
  command open_run {} {} 1 1 {
    variable state
    set run [lindex $words 0]
    if {![info exists state(done,$run)] || [has_fault run_fails]} { fail "open_run: $run is not complete" }
    set state(open) $run
  }
  command get_timing_paths {-delay_type -max_paths -nworst} {-setup -hold} 0 0 {
    need_design
    if {[lsearch -exact {max min} $opt(delay_type)] < 0} { fail "get_timing_paths: -delay_type $opt(delay_type)" }
    return [list path:$opt(delay_type)]
  }
  command write_hw_platform {} {-fixed -include_bit -force -minimal} 1 1 {
    variable state
    need_design
    if {[info exists opt(include_bit)] && ![info exists state(bitstream)]} { fail "write_hw_platform: there is no bitstream" }
    touch [lindex $words 0]
  }
  command write_checkpoint {} {-force} 1 1 { need_design; touch [lindex $words 0] }
  foreach report {report_timing_summary report_utilization report_power report_drc} {
    command $report {-file -delay_type -max_paths -hierarchical_depth} {-hierarchical} 0 0 {
      variable state
      need_design
      touch $opt(file)
      lappend state(reports) [file tail $opt(file)]
    }
  }
  # Without a project
  command read_verilog {} {-sv} 1 1 { variable state; need_file [lindex $words 0]; lappend state(read) [file normalize [lindex $words 0]] }
  command read_xdc {-mode} {} 1 1 { variable state; need_file [lindex $words 0]; lappend state(xdc) [lindex $words 0] }
  command synth_design {-top -part -mode} {} 0 0 { synthesize $opt(top) $opt(part) $opt(mode) }
  foreach step {opt_design place_design phys_opt_design route_design} {
    command $step {-directive} {} 0 0 { need_design }
  }
  command read_saif {-strip_path} {} 1 1 { variable state; need_design; need_file [lindex $words 0]; set state(saif) $opt(strip_path) }
}

proc model::need_design {} {
  variable state
  if {$state(open) eq {}} {
    fail "no design is open"
  }
}
proc model::touch {path} {
  if {![file isdirectory [file dirname $path]]} {
    fail "no folder for '$path'"
  }
  close [open $path w]
}

# A run: the project must be whole, and the files appear where this release puts them.
proc model::launch {run to_step} {
  variable state
  variable release
  need_project
  if {!$state(wrapper) || $state(top) ne "$state(bd)_wrapper"} {
    fail "launch_runs: the top is '$state(top)'"
  }
  if {$run eq "impl_1" && ![info exists state(done,synth_1)]} {
    fail "launch_runs: impl_1 before synth_1 is complete"
  }
  set folder [file join $state(folder) $state(project).runs $run]
  file mkdir $folder
  if {$run eq "synth_1"} {
    if {[info exists state(constrs_1)]} {
      foreach path $state(constrs_1) { model::constraints $path }
    }
    set generated [expr {[package vcompare $release 2020.2] >= 0 ? "gen" : "srcs"}]
    set handoff [file join $state(folder) $state(project).$generated sources_1 bd $state(bd) hw_handoff]
    file mkdir $handoff
    touch [file join $handoff $state(bd).hwh]
  } elseif {$to_step eq "write_bitstream" && ![has_fault run_fails]} {
    touch [file join $folder $state(top).bit]
    set state(bitstream) 1
  } elseif {$to_step ne {} && $to_step ne "write_bitstream"} {
    fail "launch_runs: no step '$to_step'"
  }
  set state(launched,$run) 1
}

# Synthesis out of context: all modules of the list must be read, and the memory files found from the current folder.
proc model::synthesize {top part mode} {
  variable state
  if {[get_parts $part] eq {} || $mode ne "out_of_context"} {
    fail "synth_design: part '$part', mode '$mode'"
  }
  set modules {}
  set instances {}
  foreach path $state(read) {
    set channel [open $path]
    set text [read $channel]
    close $channel
    lappend modules [file rootname [file tail $path]]
    foreach {- instance} [regexp -all -inline -line {^ *(\w+) #\($} $text] { lappend instances $instance }
    foreach {- memory} [regexp -all -inline {INIT_FILE\("([^"]+)"\)} $text] { need_file $memory }
  }
  foreach module [concat $top $instances] {
    if {[lsearch -exact $modules $module] < 0 && $module ne "module"} { fail "synth_design: module '$module' was not read" }
  }
  foreach path $state(xdc) { model::constraints $path }
  set state(open) synthesis
}

# Project, block design, synthesis, implementation, bitstream, reports and hardware hand-off, for Vivado 2019.2 to 2025.2:
#
#   vivado -mode batch -source build.tcl [-tclargs --jobs 8 --to synth|impl|bit --part PART --out DIR --strategy NAME]
#
# The results are in out/: <name>.bit and <name>.hwh for PYNQ, <name>.xsa for Vitis, and reports. Negative slack ends the script with an error, and
# the hand-off is then called <name>_bad_timing.xsa.

set shiftloom_here [file dirname [file normalize [info script]]]
foreach script {common.tcl config.tcl block_design.tcl} {
  source [file join $shiftloom_here $script]
}

# The project with the IP, the block design and its wrapper.
proc shiftloom::create {config project_folder} {
  set part [part [dict get $config part]]
  create_project [dict get $config name] $project_folder -part $part -force
  set board_part [dict get $config board_part]
  set installed [expr {$board_part ne "" && $part eq [dict get $config part] && [llength [get_board_parts -quiet $board_part]] > 0}]
  if {$installed} {
    set_property board_part $board_part [current_project]
  } elseif {$board_part ne ""} {
    say "board part $board_part is not installed (or the part was changed): parameters of the processing system come from config.tcl"
  }
  dict set config board_part_installed $installed
  set_property ip_repo_paths [list [file normalize [file join [dict get $config here] .. ip]]] [current_project]
  update_ip_catalog -rebuild
  if {[llength [get_ipdefs -quiet -all [dict get $config vlnv]]] == 0} {
    stop "the IP [dict get $config vlnv] is not in the catalog: see the messages above about ip/component.xml"
  }
  block_design system $config
  set design [get_files system.bd]
  make_wrapper -files $design -top -import
  foreach name [dict get $config constraints] {
    add_files -norecurse -fileset constrs_1 [file normalize [file join [dict get $config here] .. constraints $name]]
  }
  set_property top system_wrapper [current_fileset]
  update_compile_order -fileset sources_1
}

# Copies the hardware description that PYNQ reads. Its folder is called .srcs up to 2020.1 and .gen later.
proc shiftloom::copy_description {config project_folder target} {
  set name [dict get $config name]
  foreach folder [list $name.gen $name.srcs] {
    set found [glob -nocomplain [file join $project_folder $folder sources_1 bd system hw_handoff system.hwh]]
    if {[llength $found] > 0} {
      file copy -force [lindex $found 0] $target
      return
    }
  }
  stop "system.hwh was not written"
}

proc shiftloom::build {config} {
  variable options
  check_version
  set out [file normalize [expr {$options(out) eq "" ? [file join [dict get $config here] out] : $options(out)}]]
  set project_folder [file join $out project]
  set base [file join $out [dict get $config name]]
  file mkdir $out
  create $config $project_folder
  if {$options(strategy) ne ""} {
    set_property strategy $options(strategy) [get_runs impl_1]
  }

  launch_runs synth_1 -jobs $options(jobs)
  finish_run synth_1
  if {$options(to) eq "synth"} {
    open_run synth_1
    report_utilization -hierarchical -file [file join $out utilization_after_synthesis.rpt]
    say "synthesized; $out"
    return
  }
  if {$options(to) eq "impl"} {
    launch_runs impl_1 -jobs $options(jobs)
  } else {
    launch_runs impl_1 -to_step write_bitstream -jobs $options(jobs)
  }
  finish_run impl_1
  open_run impl_1
  set slack [write_reports [file join $out reports]]
  if {$options(to) eq "bit"} {
    set suffix [expr {$slack < 0 ? "_bad_timing" : ""}]
    file copy -force [file join [get_property DIRECTORY [get_runs impl_1]] system_wrapper.bit] $base$suffix.bit
    copy_description $config $project_folder $base$suffix.hwh
    write_hw_platform -fixed -include_bit -force $base$suffix.xsa
    say "written: $base$suffix.bit, .hwh, .xsa"
  }
  if {$slack < 0} {
    stop "timing is not met by [expr {-$slack}] ns: package again with a lower --clock, or try --strategy Performance_ExplorePostRoutePhysOpt"
  }
}

shiftloom::read_options $argv
shiftloom::build [shiftloom::config $shiftloom_here]

# Lets this Vivado package the Verilog itself, into ip_packaged/: for a Vivado that does not take ip/component.xml as it is.
#
#   vivado -mode batch -source package_ip.tcl
#
# Then give ip_packaged instead of ip as ip_repo_paths; name and version are the same.

set shiftloom_here [file dirname [file normalize [info script]]]
foreach script {common.tcl config.tcl} {
  source [file join $shiftloom_here $script]
}

# Registers and fields: the rows of config.tcl are {name offset access reset description fields}, those of fields {name lsb width access action description}.
proc shiftloom::add_registers {block registers} {
  foreach row $registers {
    foreach {name offset access reset description fields} $row {}
    set register [ipx::add_register $name $block]
    set_property address_offset $offset $register
    set_property size 32 $register
    set_property access $access $register
    set_property reset_value $reset $register
    set_property description $description $register
    foreach field_row $fields {
      foreach {field_name lsb width field_access action field_description} $field_row {}
      set field [ipx::add_field $field_name $register]
      set_property bit_offset $lsb $field
      set_property bit_width $width $field
      set_property access $field_access $field
      set_property description $field_description $field
      if {$action eq "oneToClear"} {
        set_property modified_write_value oneToClear $field
      } elseif {$action eq "readClears"} {
        set_property read_action clear $field
      }
    }
  }
}

proc shiftloom::package_ip {config} {
  check_version
  set here [dict get $config here]
  set ip [file normalize [file join $here .. ip]]
  set target [file normalize [file join $here .. ip_packaged]]
  create_project package_ip [file join $here out package_ip] -part [part [dict get $config part]] -force
  foreach file [concat [dict get $config verilog] [dict get $config memories]] {
    add_files -norecurse [file join $ip $file]
  }
  set_property top [dict get $config top] [current_fileset]
  update_compile_order -fileset sources_1
  ipx::package_project -root_dir $target -vendor [dict get $config vendor] -library [dict get $config library] \
    -taxonomy /UserIP -import_files -set_current true -force
  set core [ipx::current_core]
  foreach property {name version display_name description core_revision} {
    set_property $property [dict get $config $property] $core
  }
  set_property supported_families {zynq Production} $core

  # What the packager found by itself goes, so that every Vivado ends with the same.
  ipx::remove_all_bus_interface $core
  foreach map [ipx::get_memory_maps -quiet -of_objects $core] {
    ipx::remove_memory_map [get_property NAME $map] $core
  }
  foreach {name bus} [dict get $config interfaces] {
    ipx::infer_bus_interface [dict get $config ports $name] $bus $core
  }
  foreach {name bus} [dict get $config interfaces] {
    if {[string match "xilinx.com:interface:*" $bus]} {
      ipx::associate_bus_interfaces -busif $name -clock aclk $core
    }
  }
  ipx::associate_bus_interfaces -clock aclk -reset aresetn $core

  set map [ipx::add_memory_map s_axil $core]
  set_property slave_memory_map_ref s_axil [ipx::get_bus_interfaces s_axil -of_objects $core]
  set block [ipx::add_address_block Reg $map]
  set_property range [dict get $config engine_range] $block
  set_property usage register $block
  add_registers $block [dict get $config registers]

  ipx::create_xgui_files $core
  ipx::update_checksums $core
  ipx::check_integrity $core
  ipx::save_core $core
  say "packaged: $target"
}

shiftloom::read_options $argv
shiftloom::package_ip [shiftloom::config $shiftloom_here]
